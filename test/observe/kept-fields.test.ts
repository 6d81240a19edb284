import { expect, test } from 'vitest';
import { KeptFields } from '../../src/observe/kept-fields.js';
import { Secrets } from '../../src/observe/redact.js';

// Goal: what is kept of an event holds no secret, however often the same was kept before.

test('a secret that becomes known later is in no field that is kept from then on', () => {
  const secrets = new Secrets();
  const fields = new KeptFields(secrets);
  const told = { issue_id: 'id-hunter2-secret', 'hunter2-secret': 'a', note: 'hunter2-secret' };
  expect(fields.of(told)).toEqual(told);

  secrets.add(['hunter2-secret']);

  expect(fields.of(told)).toEqual({ issue_id: 'id-[redacted]', '[redacted]': 'a', note: '[redacted]' });
});

test('a field of any name is an ordinary one', () => {
  const told = JSON.parse('{"__proto__":"x","constructor":"y"}');

  const kept = new KeptFields(new Secrets(['hunter2-secret'])).of(told);

  expect(Object.entries(kept)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
});

test('of more than twenty the first are kept, and no text is longer than it may be', () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_none, index) => [`f${index}`, 'x'.repeat(600)]),
  );

  const kept = new KeptFields(new Secrets()).of(many);

  expect(Object.keys(kept)).toEqual(Array.from({ length: 20 }, (_none, index) => `f${index}`));
  expect(new Set(Object.values(kept).map((value) => String(value).length))).toEqual(new Set([500]));
});
