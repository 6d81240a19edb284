import { describe, expect, test } from 'vitest';
import { humanise, reportLine } from '../../../src/agents/codex/humanise.js';
import { plainText } from '../../../src/agents/codex/plain-text.js';

describe('the line of a report', () => {
  test.each([
    ['item/started', { item: { type: 'commandExecution', command: 'npm test' } }, 'running npm test'],
    [
      'item/completed',
      { item: { type: 'commandExecution', command: 'npm test', exitCode: 1 } },
      'ran npm test (exit 1)',
    ],
    ['item/completed', { item: { type: 'agentMessage', text: 'All done.' } }, 'All done.'],
    [
      'item/completed',
      { item: { type: 'fileChange', changes: [{ path: 'a.ts' }, { path: 'b.ts' }] } },
      'changed a.ts, b.ts',
    ],
    [
      'item/started',
      { item: { type: 'dynamicToolCall', tool: 'linear_graphql' } },
      'calling tool linear_graphql',
    ],
    [
      'error',
      { error: { message: 'Reconnecting... 1/5' }, willRetry: true },
      'retrying: Reconnecting... 1/5',
    ],
    [
      'thread/status/changed',
      { status: { type: 'active', activeFlags: ['waitingOnApproval'] } },
      'thread active, waitingOnApproval',
    ],
    ['thread/tokenUsage/updated', { tokenUsage: { total: { totalTokens: 14 } } }, '14 tokens so far'],
    [
      'turn/plan/updated',
      {
        plan: [
          { step: 'a', status: 'completed' },
          { step: 'b', status: 'inProgress' },
        ],
      },
      'plan 1/2: b',
    ],
    ['something/new_here', {}, 'something new here'],
  ])('says what %s is about', (method, params, expected) => {
    expect(humanise(method, params as never)).toBe(expected);
  });

  test('survives every member being of a surprising type', () => {
    for (const odd of [null, 1, 'x', [], [1], true]) {
      const params = {
        item: odd,
        status: odd,
        error: odd,
        plan: odd,
        tokenUsage: odd,
        message: odd,
        summary: odd,
      };
      for (const method of [
        'item/started',
        'item/completed',
        'error',
        'thread/status/changed',
        'turn/plan/updated',
        'warning',
      ]) {
        expect(typeof humanise(method, params as never)).toBe('string');
      }
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
