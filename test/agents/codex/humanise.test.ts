import { describe, expect, test } from 'vitest';
import { humanise, reportLine } from '../../../src/agents/codex/humanise.js';
import { plainText } from '../../../src/agents/codex/plain-text.js';
import { objectOf } from '../../../src/agents/codex/protocol.js';
import type { JsonObject, JsonValue } from '../../../src/domain/json.js';
import { NOTIFICATIONS } from './notifications.js';

const started = (item: JsonObject) => ['item/started', { item }] as const;
const completed = (item: JsonObject) => ['item/completed', { item }] as const;

describe('the line of a report', () => {
  test.each(NOTIFICATIONS)('says what %s is about', (method, params, line) => {
    expect(reportLine(humanise(method, { threadId: 't', turnId: 'u', ...params }))).toBe(line);
  });

  test.each([
    [started({ type: 'userMessage' }), 'prompt received'],
    [started({ type: 'hookPrompt', fragments: [] }), 'a hook added to the prompt'],
    [started({ type: 'agentMessage', text: '' }), 'writing a message'],
    [completed({ type: 'functionCallOutput', name: 'view', output: 'x' }), 'result of view'],
    [completed({ type: 'plan', text: '1. Read' }), 'plan: 1. Read'],
    [started({ type: 'reasoning', summary: [], content: [] }), 'thinking'],
    [
      completed({ type: 'reasoning', summary: ['**Reading the tests**\n\nI …'] }),
      'thinking: Reading the tests I …',
    ],
    [completed({ type: 'commandExecution', command: 'npm test', exitCode: 0 }), 'ran npm test'],
    [completed({ type: 'commandExecution', command: 'npm test', exitCode: 1 }), 'failed (1): npm test'],
    [
      completed({ type: 'commandExecution', command: 'rm -rf /', status: 'declined', exitCode: null }),
      'was not allowed to run rm -rf /',
    ],
    [started({ type: 'commandExecution', command: "bash -lc 'echo '\\''a'\\'''" }), "running echo 'a'"],
    [
      started({ type: 'commandExecution', command: '/usr/bin/zsh -lc "echo \\"a\\" \\$HOME"' }),
      'running echo "a" $HOME',
    ],
    [
      started({
        type: 'commandExecution',
        command: `/bin/bash -lc "trap '' TERM; echo "'$$ >> pids; '"sh -c 'x'"`,
      }),
      "running trap '' TERM; echo $$ >> pids; sh -c 'x'",
    ],
    [started({ type: 'commandExecution', command: '/bin/bash -lc ls' }), 'running ls'],
    [
      started({ type: 'commandExecution', command: "git log --format='%s'" }),
      "running git log --format='%s'",
    ],
    [started({ type: 'fileChange', changes: [{ path: 'a.ts' }] }), 'changing a.ts'],
    [
      completed({ type: 'fileChange', status: 'completed', changes: [{ path: 'a.ts' }, { path: 'b.ts' }] }),
      'changed a.ts, b.ts',
    ],
    [
      completed({ type: 'fileChange', status: 'failed', changes: [{ path: 'a.ts' }] }),
      'could not change a.ts',
    ],
    [completed({ type: 'fileChange', status: 'declined', changes: [] }), 'was not allowed to change files'],
    [started({ type: 'mcpToolCall', server: 'docs', tool: 'search' }), 'calling tool docs search'],
    [
      completed({ type: 'mcpToolCall', server: 'docs', tool: 'search', status: 'failed' }),
      'failed call of tool docs search',
    ],
    [started({ type: 'dynamicToolCall', tool: 'linear_graphql' }), 'calling tool linear_graphql'],
    [
      completed({ type: 'dynamicToolCall', tool: 'linear_graphql', success: true }),
      'called tool linear_graphql',
    ],
    [
      started({ type: 'collabAgentToolCall', tool: 'spawnAgent', prompt: 'Read it' }),
      'sub-agents: spawn agent: Read it',
    ],
    [
      completed({ type: 'subAgentActivity', kind: 'completed', agentPath: '/lead/a' }),
      'sub-agent completed /lead/a',
    ],
    [started({ type: 'webSearch', query: 'vitest' }), 'searching the web: vitest'],
    [completed({ type: 'imageView', path: '/ws/a.png' }), 'looking at /ws/a.png'],
    [started({ type: 'sleep', durationMs: 90_000 }), 'pausing for 90 s'],
    [completed({ type: 'sleep', durationMs: 90_000 }), 'pause over'],
    [started({ type: 'imageGeneration', failure: null }), 'making an image'],
    [
      completed({ type: 'imageGeneration', failure: null, savedPath: '/ws/a.png' }),
      'made an image: /ws/a.png',
    ],
    [completed({ type: 'imageGeneration', failure: { code: 'policy' } }), 'could not make an image'],
    [started({ type: 'enteredReviewMode', review: 'uncommitted' }), 'review begun: uncommitted'],
    [completed({ type: 'exitedReviewMode', review: 'Fine.' }), 'review over: Fine.'],
    [started({ type: 'contextCompaction' }), 'compacting the context'],
    [completed({ type: 'contextCompaction' }), 'context compacted'],
    [started({ type: 'somethingNew' }), 'something new started'],
  ])('says what an item is about: %j', ([method, params], line) => {
    expect(reportLine(humanise(method, params))).toBe(line);
  });

  test.each([
    ['something/new_here', 'something new here'],
    ['thread/someThing/updated', 'thread some thing updated'],
    // Members of every object.
    ['constructor', 'constructor'],
    ['toString', 'to string'],
    ['__proto__', 'proto'],
  ])('is for an unknown %s its name in words', (method, line) => {
    expect(reportLine(humanise(method, { item: { type: method } }))).toBe(line);
    expect(reportLine(humanise('item/started', { item: { type: method } }))).toBe(`${line} started`);
  });

  test('survives every member being of a surprising type', () => {
    const names = [...new Set(NOTIFICATIONS.flatMap(([, params]) => Object.keys(params)))];
    for (const odd of [null, 1, 'x', [], [1], [null], [{}], {}, true]) {
      const params = Object.fromEntries(names.map((name) => [name, odd]));
      for (const [method] of NOTIFICATIONS) expect(typeof humanise(method, params)).toBe('string');
    }
  });

  test('is never longer than 140 characters, whatever is in it', () => {
    const long = (value: JsonValue): JsonValue => {
      if (typeof value === 'string') return value + ' \u001b[31mx\u0000\n'.repeat(10_000);
      if (Array.isArray(value)) return value.map(long);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, long(member)]));
    };
    for (const [method, params] of NOTIFICATIONS) {
      const line = reportLine(humanise(method, objectOf(long(params)))) ?? '';
      expect(line).toMatch(/^[^\p{Cc}]{1,140}$/u);
    }
  });

  test('has no escape sequences, control bytes, line breaks or marks that reorder text', () => {
    const hostile =
      '\u001b[31mred\u001b[0m\u001b]0;title\u0007 a\nb\tc\u0000d \u202eevil\u2066 \u009b31m\r\nend';

    const line = reportLine(hostile) ?? '';

    expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    expect(line).toMatch(/^red a b c d .*end$/);
  });

  test('is at most 140 characters long and cuts no character in two', () => {
    const line = reportLine('🚀'.repeat(10_000)) ?? '';

    expect(line.length).toBeLessThanOrEqual(140);
    expect(line).toMatch(/^(🚀)+…$/u);
    expect(reportLine(`${'x'.repeat(140)}`)).toHaveLength(140);
  });

  test('is nothing when nothing can be shown', () => {
    expect(reportLine('\u0000\u001b[0m \n')).toBeNull();
  });

  test('keeps its lines where they are wanted', () => {
    expect(plainText('a\r\n\u001b[1mb\u001b[0m\n', 100, '\n')).toBe('a\nb');
  });
});
