import { describe, expect, test } from 'vitest';
import { type Bench, judge, type Verdict } from '../../../src/agents/codex/approvals.js';
import { FileChanges } from '../../../src/agents/codex/file-changes.js';
import { Grant } from '../../../src/agents/codex/grants.js';
import type { JsonObject } from '../../../src/domain/json.js';
import type { Answer, Question } from '../../../src/domain/session.js';

const COMMAND = 'item/commandExecution/requestApproval';
const FILES = 'item/fileChange/requestApproval';
const PERMISSION = 'item/permissions/requestApproval';
const FORM = 'mcpServer/elicitation/request';
const INPUT = 'item/tool/requestUserInput';

const command = {
  kind: 'command',
  command: 'npm test',
  cwd: '/w/MT-1',
  environmentId: 'local',
  itemId: 'call-1',
};
const APPROVE: Answer = { kind: 'approve' };
const DECLINE: Answer = { kind: 'decline' };
const words = (text: string): Answer => ({ kind: 'text', text });

function bench(grant: Grant, change: Bench['change'] = null, approvalPolicy = 'on-request'): Bench {
  return { approvalPolicy, workspacePath: '/w/MT-1', change, grant };
}

function ask(method: string, params: JsonObject, change: Bench['change'] = null): Question {
  const verdict = judge(method, params, bench(new Grant(null), change));
  if (verdict.kind !== 'ask') throw new Error(`${method} was not asked`);
  return verdict.question;
}

/** Judges a request in a session that begins with a decision about another one. */
function decided(answer: Answer, question: Question) {
  // What the journal keeps is plain JSON.
  const grant = new Grant(JSON.parse(JSON.stringify({ question, answer })));
  return (method: string, params: JsonObject, change: Bench['change'] = null): Verdict =>
    judge(method, params, bench(grant, change));
}

const accepted = (answer: object) => expect.objectContaining({ kind: 'answer', by: 'person', answer });
const asked = expect.objectContaining({ kind: 'ask' });

describe('a decision of a person', () => {
  test('counts once, for the same request with another id and time and other words for its reason', () => {
    const question = ask(COMMAND, { ...command, reason: 'to see', startedAtMs: 1 });
    const judged = decided(APPROVE, question);
    const again = { ...command, reason: 'once more', startedAtMs: 2, itemId: 'call-9', threadId: 'another' };

    expect(judged(COMMAND, again)).toEqual(accepted({ decision: 'accept' }));
    expect(judged(COMMAND, again)).toEqual(asked);
  });

  test.each([
    ['another command', { command: 'npm test; rm -rf /' }],
    ['another directory', { cwd: '/etc' }],
    ['another machine', { environmentId: 'remote' }],
    ['more permissions', { additionalPermissions: { network: { enabled: true } } }],
    ['access to a host', { networkApprovalContext: { host: 'example.invalid', protocol: 'https' } }],
    ['a reason, as is given for leaving the sandbox', { reason: 'needs the network' }],
    ['text typed into a running command', { kind: 'writeStdin' }],
    ['no command at all', { command: null }],
  ])('does not count for %s', (_what, changed) => {
    const judged = decided(APPROVE, ask(COMMAND, command));

    expect(judged(COMMAND, { ...command, ...changed })).toEqual(asked);
    expect(judged('execCommandApproval', { ...command, ...changed })).toEqual(asked);
    expect(judged(COMMAND, command)).toEqual(accepted({ decision: 'accept' }));
  });

  test('about what cannot be known again counts for nothing', () => {
    const stdin = { ...command, kind: 'writeStdin' };
    const question = ask(COMMAND, stdin);

    expect(question).not.toHaveProperty('subject');
    expect(decided(APPROVE, question)(COMMAND, stdin)).toEqual(asked);
  });

  test('does not depend on the order of members', () => {
    const permissions = { network: { enabled: true }, fileSystem: { write: ['/a', '/b'] } };
    const turned = { fileSystem: { write: ['/a', '/b'] }, network: { enabled: true } };
    const other = { fileSystem: { write: ['/b', '/a'] }, network: { enabled: true } };
    const judged = decided(APPROVE, ask(PERMISSION, { permissions, cwd: '/w' }));

    expect(judged(PERMISSION, { permissions: other, cwd: '/w' })).toEqual(asked);
    expect(judged(PERMISSION, { cwd: '/w', permissions: turned })).toEqual(
      accepted({ permissions: turned, scope: 'turn' }),
    );
  });

  test.each([
    [COMMAND, command, { decision: 'accept' }, { decision: 'decline' }],
    ['execCommandApproval', { command: ['ls'], cwd: '/w' }, { decision: 'approved' }, { decision: 'denied' }],
    [
      'applyPatchApproval',
      { fileChanges: { 'a.ts': { type: 'add', content: 'x' } } },
      { decision: 'approved' },
      { decision: 'denied' },
    ],
    [
      PERMISSION,
      { permissions: { network: { enabled: true } } },
      { permissions: { network: { enabled: true } }, scope: 'turn' },
      { permissions: {}, scope: 'turn' },
    ],
    [
      FORM,
      { serverName: 'notes', mode: 'url', message: 'Log in', url: 'https://example.invalid' },
      { action: 'accept', content: {} },
      { action: 'decline', content: null },
    ],
  ])('is given in the words of %s, also by the name of the choice', (method, params, yes, no) => {
    const question = ask(method, params);

    expect(decided(APPROVE, question)(method, params)).toEqual(accepted(yes));
    expect(decided(words(' Approve '), question)(method, params)).toEqual(accepted(yes));
    expect(decided(DECLINE, question)(method, params)).toEqual(accepted(no));
    expect(decided(words('rather not'), question)(method, params)).toEqual(asked);
  });
});

describe('a decision about a change of files', () => {
  function announced(path: string, diff: string, itemId = 'item-1') {
    const changes = new FileChanges('/w/MT-1');
    const item = { type: 'fileChange', id: itemId, changes: [{ path, kind: { type: 'update' }, diff }] };
    changes.note('item/started', { threadId: 't', item });
    return changes.of({ threadId: 't', itemId });
  }

  test('counts for the same changes only', () => {
    const judged = decided(APPROVE, ask(FILES, {}, announced('/w/MT-1/a.ts', '+1')));

    expect(judged(FILES, {}, announced('/w/MT-1/a.ts', '+2'))).toEqual(asked);
    expect(judged(FILES, {}, announced('/w/MT-1/b.ts', '+1'))).toEqual(asked);
    expect(judged(FILES, { grantRoot: '/' }, announced('/w/MT-1/a.ts', '+1'))).toEqual(asked);
    expect(judged(FILES, {}, null)).toEqual(asked);
    expect(judged(FILES, {}, announced('/w/MT-1/a.ts', '+1', 'item-2'))).toEqual(
      accepted({ decision: 'accept' }),
    );
  });

  test('names what would be done to which files, from the workspace on', () => {
    const changes = new FileChanges('/w/MT-1');
    const kinds = ['add', 'delete', 'update'].map((type) => ({
      path: `/w/MT-1/${type}.ts`,
      kind: { type },
      diff: '',
    }));
    const many = Array.from({ length: 30 }, () => ({
      path: '/etc/hosts',
      kind: { type: 'update' },
      diff: '',
    }));
    const item = { type: 'fileChange', id: 'i', changes: [...kinds, ...many] };
    changes.note('item/started', { threadId: 't', item });

    const { text } = ask(
      FILES,
      { reason: 'neat', grantRoot: '/opt' },
      changes.of({ threadId: 't', itemId: 'i' }),
    );

    expect(text).toMatch(/^add add.ts, delete delete.ts, change update.ts, change \/etc\/hosts,/);
    expect(text).toMatch(/13 more and be allowed to write under \/opt \(neat\)$/);
  });

  test('is remembered for the items of late, however many there were', () => {
    const changes = new FileChanges('/w');
    for (let count = 0; count < 1_000; count += 1) {
      changes.note('item/started', {
        threadId: 't',
        item: { type: 'fileChange', id: `i${count}`, changes: [] },
      });
    }

    expect(changes.of({ threadId: 't', itemId: 'i999' })).not.toBeNull();
    expect(changes.of({ threadId: 't', itemId: 'i0' })).toBeNull();
  });
});

describe('an answer in words', () => {
  const options = [{ label: 'Blue  sky' }, { label: 'Red' }];
  const colour = { questions: [{ id: 'q1', question: 'Which colour?', options }] };

  test('is given to the same questions, as the choice that it names or as it is', () => {
    const question = ask(INPUT, colour);

    expect(question.choices).toEqual(['Blue sky', 'Red']);
    expect(decided(words('Blue sky'), question)(INPUT, colour)).toEqual(
      accepted({ answers: { q1: { answers: ['Blue  sky'] } } }),
    );
    expect(decided(words('Green'), question)(INPUT, colour)).toEqual(
      accepted({ answers: { q1: { answers: ['Green'] } } }),
    );
    expect(decided(APPROVE, question)(INPUT, colour)).toEqual(asked);
    const others = { questions: [{ id: 'q1', question: 'Which shape?', options }] };
    expect(decided(words('Red'), question)(INPUT, others)).toEqual(asked);
  });

  test('answers each of several questions', () => {
    const both = {
      questions: [
        { id: 'a', question: 'A?' },
        { id: 'b', question: 'B?' },
      ],
    };

    expect(decided(words('whatever'), ask(INPUT, both))(INPUT, both)).toEqual(
      accepted({ answers: { a: { answers: ['whatever'] }, b: { answers: ['whatever'] } } }),
    );
  });

  const two = {
    questions: [
      { id: 'a', question: 'First?', options: [{ label: 'Blue' }, { label: 'Now / never' }] },
      { id: 'b', header: 'Second', options: [{ label: 'Red' }, { label: 'Dark  green' }] },
    ],
  };

  test('is asked for with the choices of each of several questions', () => {
    expect(ask(INPUT, two)).toMatchObject({
      text: 'First? (Blue, Now / never) / Second (Red, Dark green)',
      choices: [],
    });
    expect(ask(INPUT, { questions: [{ id: 'a' }, { id: 'b', options: [{ label: 'Go' }] }] }).text).toBe(
      'the agent asks for input / the agent asks for input (Go)',
    );
    expect(ask(INPUT, { questions: [{ id: 'a', options: [] }] }).text).toBe('the agent asks for input');
    expect(ask(INPUT, { questions: [] }).text).toBe('the agent asks for input');
  });

  test.each([
    ['Blue / Dark green', 'Blue', 'Dark  green'],
    ['something else / Red', 'something else', 'Red'],
    ['Red', 'Red', 'Red'],
    ['Dark green', 'Dark green', 'Dark  green'],
    ['and/or', 'and/or', 'and/or'],
    ['one / two / three', 'one / two / three', 'one / two / three'],
    ['Now / never', 'Now / never', 'Now / never'],
  ])('that says "%s" is divided among several questions as they are', (text, first, second) => {
    expect(decided(words(text), ask(INPUT, two))(INPUT, two)).toEqual(
      accepted({ answers: { a: { answers: [first] }, b: { answers: [second] } } }),
    );
  });

  const form = (properties: JsonObject) => ({
    serverName: 'notes',
    mode: 'form',
    message: 'Which?',
    requestedSchema: { type: 'object', properties },
  });

  test.each([
    ['an enumeration', { stage: { type: 'string', enum: ['dev', 'prod'] } }, 'dev', { stage: 'dev' }],
    [
      'named choices',
      { stage: { type: 'string', oneOf: [{ const: 'dev', title: 'Dev' }] } },
      'dev',
      { stage: 'dev' },
    ],
    ['text', { name: { type: 'string' } }, ' Ada ', { name: 'Ada' }],
    ['a yes or no', { sure: { type: 'boolean' } }, 'false', { sure: false }],
    ['a number', { count: { type: 'integer' } }, '12', { count: 12 }],
  ])('fills in a form that wants %s', (_what, properties, text, content) => {
    const params = form(properties);

    expect(decided(words(text), ask(FORM, params))(FORM, params)).toEqual(
      accepted({ action: 'accept', content }),
    );
    expect(decided(APPROVE, ask(FORM, params))(FORM, params)).toEqual(asked);
  });

  test.each([
    ['no choice of it', { stage: { type: 'string', enum: ['dev'] } }, 'prod'],
    ['no number', { count: { type: 'number' } }, 'many'],
    ['one of several fields', { a: { type: 'string' }, b: { type: 'string' } }, 'a'],
    ['for a list', { tags: { type: 'array' } }, 'a'],
  ])('is asked for again when it is %s', (_what, properties, text) => {
    const params = form(properties);

    expect(decided(words(text), ask(FORM, params))(FORM, params)).toEqual(asked);
  });
});

describe('the tool of an MCP server', () => {
  const approval = {
    serverName: 'notes',
    mode: 'form',
    message: 'Allow create_page?',
    requestedSchema: { type: 'object', properties: {} },
    _meta: {
      codex_approval_kind: 'mcp_tool_call',
      persist: ['session', 'always'],
      tool_params: { title: 'T' },
    },
  };

  test('is approved once by a person, for exactly its arguments', () => {
    const other = { ...approval, _meta: { ...approval._meta, tool_params: { title: 'U' } } };
    const judged = decided(APPROVE, ask(FORM, approval));

    expect(judged(FORM, other)).toEqual(asked);
    expect(judged(FORM, approval)).toEqual(accepted({ action: 'accept', content: {} }));
  });

  test('is approved for the session under the policy never, where that is offered', () => {
    const once = { ...approval, _meta: { codex_approval_kind: 'mcp_tool_call' } };
    const grant = new Grant(null);

    expect(judge(FORM, approval, bench(grant, null, 'never'))).toMatchObject({
      by: 'policy',
      answer: { action: 'accept', content: {}, _meta: { persist: 'session' } },
    });
    expect(judge(FORM, once, bench(grant, null, 'never'))).toMatchObject({
      answer: { action: 'accept', content: {} },
    });
  });

  test('is no approval when the server that says so wants to know something', () => {
    const forged = {
      ...approval,
      requestedSchema: { type: 'object', properties: { password: { type: 'string' } } },
    };

    expect(judge(FORM, forged, bench(new Grant(null), null, 'never'))).toEqual(asked);
  });
});

describe('a question about a command', () => {
  test.each([
    [{}, 'run npm test'],
    [{ cwd: '/etc' }, 'run npm test in /etc'],
    [{ reason: 'to see' }, 'run npm test (to see)'],
    [{ kind: 'writeStdin' }, 'type into npm test'],
    [{ additionalPermissions: { network: true } }, 'run npm test with {"network":true}'],
    [
      { networkApprovalContext: { host: 'example.invalid', protocol: 'https' } },
      'run npm test with access to example.invalid',
    ],
    [
      { command: null, networkApprovalContext: { host: 'example.invalid', protocol: 'https' } },
      'reach example.invalid (https)',
    ],
    [{ command: null }, 'run a command'],
    [{ command: `echo ${'x'.repeat(5_000)}` }, expect.stringMatching(/^run echo x{900,}…$/)],
  ])('says all of it: %j', (changed, text) => {
    expect(ask(COMMAND, { ...command, ...changed }).text).toEqual(text);
  });
});
