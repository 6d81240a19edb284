import { describe, expect, test } from 'vitest';
import { redactedSource, Secrets } from '../../src/observe/redact.js';
import { redactedCommands } from '../../src/observe/redacted-commands.js';
import fc from '../helpers/properties.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  someCommands,
  TestSource,
} from '../helpers/snapshots.js';

const SECRET = 'lin_api_S3cr3t/+"x y';

describe('a text', () => {
  test.each([
    ['as it is', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded as a form does', new URLSearchParams({ key: SECRET }).toString().slice('key='.length)],
    ['URL-encoded in lower case', encodeURIComponent(SECRET).replace(/%../gu, (code) => code.toLowerCase())],
    ['JSON-escaped', JSON.stringify(SECRET).slice(1, -1)],
    ['JSON-escaped twice', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
  ])('shows no secret %s', (_form, written) => {
    const secrets = new Secrets([SECRET]);

    expect(secrets.redact(`before ${written} after`)).toBe('before [redacted] after');
  });

  test('loses the longer of two secrets that begin alike', () => {
    const secrets = new Secrets(['token-1', 'token-1-long']);

    expect(secrets.redact('token-1-long token-1')).toBe('[redacted] [redacted]');
  });

  test('keeps secrets shorter than six characters, which would eat ordinary words', () => {
    expect(new Secrets(['abc', '', '     ']).redact('abcdef')).toBe('abcdef');
  });

  test('loses a secret that became known later', () => {
    const secrets = new Secrets();
    const before = secrets.redact('key old-secret');
    secrets.add(['old-secret']);

    expect([before, secrets.redact('key old-secret')]).toEqual(['key old-secret', 'key [redacted]']);
  });

  test('loses each line of a secret of several lines', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----';

    expect(new Secrets([key]).redact('line MIIEvQIBADANBgkqhkiG9w0BAQ')).toBe('line [redacted]');
  });
});

describe('a stream of text', () => {
  test('shows no secret that is split across chunks', () => {
    const redactor = new Secrets(['secret-value']).textRedactor();

    expect([redactor.push('a sec'), redactor.push('ret-va'), redactor.push('lue b'), redactor.end()]).toEqual(
      ['a ', '', '[redacted] b', ''],
    );
  });

  test('shows at once what cannot become a secret', () => {
    const redactor = new Secrets(['secret-value']).textRedactor();

    expect(redactor.push('plain text')).toBe('plain text');
  });

  test('shows what it held back once the text ends', () => {
    const redactor = new Secrets(['secret-value']).textRedactor();

    expect([redactor.push('my secret'), redactor.end()]).toEqual(['my ', 'secret']);
  });

  test('reads like the whole text however it is cut', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 6, maxLength: 9 });
    const chunk = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 12 });
    const property = fc.property(
      fc.array(letters, { minLength: 1, maxLength: 4 }),
      fc.array(chunk, { maxLength: 20 }),
      (values, chunks) => {
        const secrets = new Secrets(values);
        const redactor = secrets.textRedactor();
        let shown = '';
        for (const part of chunks) shown += redactor.push(part);

        expect(shown + redactor.end()).toBe(secrets.redact(chunks.join('')));
      },
    );
    fc.assert(property, { numRuns: 2_000 });
  });
});

describe('a value', () => {
  test('shows no secret in nested fields and names', () => {
    const secrets = new Secrets([SECRET]);
    const value = { list: [{ deep: `x${SECRET}` }, 1, null], [SECRET]: true };

    expect(secrets.redactValue(value)).toEqual({
      list: [{ deep: 'x[redacted]' }, 1, null],
      '[redacted]': true,
    });
  });

  test('without secrets is the same value, not a copy', () => {
    const value = { list: [{ deep: 'text' }] };

    expect(new Secrets([SECRET]).redactValue(value)).toBe(value);
  });

  test('as JSON stays JSON when a secret looks like a number or like punctuation', () => {
    const secrets = new Secrets(['123456', '","b":']);

    expect(JSON.parse(secrets.redactJson('{"a":123456,"b":"is 123456"}'))).toEqual({
      a: 123_456,
      b: 'is [redacted]',
    });
  });
});

describe('a source of snapshots', () => {
  test('hands out no secret, to readers and to subscribers', () => {
    const question = { kind: 'userInput', text: `May I use ${SECRET}?`, choices: [] } as const;
    const source = new TestSource();
    const redacted = redactedSource(source, new Secrets([SECRET]));
    const heard: string[] = [];
    redacted.subscribe((snapshot) => heard.push(snapshot.blocked[0]?.question.text ?? ''));

    source.set(aSnapshot({ blocked: [aBlockedRow({ question })] }));

    expect(heard).toEqual(['May I use [redacted]?']);
    expect(redacted.current()).toBe(redacted.current());
    expect(JSON.stringify(redacted.current())).not.toContain('S3cr3t');
  });

  test('hands out the same row again for as long as it is the same, with and without a secret in it', () => {
    const rows = [
      aRunningRow({ lastMessage: `I use ${SECRET}.` }),
      aRunningRow({ lastMessage: 'I use none.' }),
    ];
    const source = new TestSource(aSnapshot({ running: rows }));
    const redacted = redactedSource(source, new Secrets([SECRET]));
    const before = redacted.current().running;

    source.set(aSnapshot({ running: [...rows, aRunningRow({ lastMessage: `So do I: ${SECRET}` })] }));
    const after = redacted.current().running;

    expect(after.map(({ lastMessage }) => lastMessage)).toEqual([
      'I use [redacted].',
      'I use none.',
      'So do I: [redacted]',
    ]);
    expect([after[0] === before[0], after[1] === before[1], after[1] === rows[1]]).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('hands out no secret that became known after a row was looked at, also when nothing else changed', () => {
    const message = `I use ${SECRET}.`;
    const source = new TestSource(
      aSnapshot({
        running: [aRunningRow({ lastMessage: message })],
        retrying: [aRetryingRow({ error: message })],
        blocked: [aBlockedRow({ lastMessage: message })],
        parked: [aParkedRow({ reason: message })],
        problems: [aProblem({ message })],
      }),
    );
    const secrets = new Secrets(['another-secret']);
    const redacted = redactedSource(source, secrets);
    const before = JSON.stringify(redacted.current()).split('S3cr3t').length - 1;

    secrets.add([SECRET]);

    expect(before).toBe(5);
    expect(JSON.stringify(redacted.current())).not.toContain('S3cr3t');
  });
});

test('an answer to a question that was shown without its secret reaches it, and any other does not', () => {
  const question = { kind: 'userInput', text: `May I use ${SECRET}?`, choices: [] } as const;
  const asked: unknown[] = [];
  const commands = redactedCommands(
    someCommands({
      answer: (_identifier, _answer, expected) => {
        asked.push(expected);
        return { kind: 'changed', message: `It asks: ${question.text}` };
      },
    }),
    new TestSource(aSnapshot({ blocked: [aBlockedRow({ question })] })),
    new Secrets([SECRET]),
  );
  const outcome = commands.answer('MT-651', { kind: 'approve' }, 'May I use [redacted]?');
  commands.answer('MT-651', { kind: 'approve' }, 'May I go?');
  commands.answer('MT-651', { kind: 'approve' });

  expect(outcome).toEqual({ kind: 'changed', message: 'It asks: May I use [redacted]?' });
  expect(asked).toEqual([question.text, 'May I go?', undefined]);
});
