import { describe, expect, test } from 'vitest';
import { findIssueTool } from '../../../src/agents/scripted/issue-tool.js';
import { readScript } from '../../../src/agents/scripted/script.js';

describe('the script in a prompt', () => {
  const nothing = { seconds: 3, turns: 1, fault: 'none' };

  test.each([
    ['no script at all', 'Fix the login page.', nothing],
    [
      'a line of words',
      'Fix it.\n\nagent: seconds=0.5 turns=2 ask',
      { seconds: 0.5, turns: 2, fault: 'ask' },
    ],
    ['a list item, with commas', '- Agent: turns=3, crash', { ...nothing, turns: 3, fault: 'crash' }],
    ['several lines', 'agent: hang\n> agent: fail', { ...nothing, fault: 'fail' }],
    ['a flaky label', 'Labels: demo, Flaky', { ...nothing, fault: 'failOnce' }],
    ['the word flaky elsewhere', 'The login test is flaky.', nothing],
    ['unknown words and bad numbers', 'agent: dance seconds=soon turns=-1 seconds=1e9', nothing],
    ['agent in a sentence', 'The agent: it should fail', nothing],
  ])('is read from %s', (_name, prompt, expected) => {
    expect(readScript(prompt, 3)).toEqual(expected);
  });
});

describe('the issue tool', () => {
  const enumerated = {
    type: 'object',
    properties: { action: { enum: ['read', 'set_state'] }, state: {}, body: {} },
  };
  const alternatives = {
    oneOf: [
      { properties: { operation: { const: 'set_state' }, to: {} } },
      { properties: { operation: { const: 'comment' }, text: {} } },
    ],
  };

  test.each([
    ['an enumeration', enumerated, { action: 'set_state', state: 'Done' }, { action: 'comment', body: 'Hi' }],
    [
      'alternatives',
      alternatives,
      { operation: 'set_state', to: 'Done' },
      { operation: 'comment', text: 'Hi' },
    ],
  ])(
    'is found by its actions, and called with the names of its schema: %s',
    (_name, inputSchema, state, comment) => {
      const tool = findIssueTool([
        { name: 'other', inputSchema: {} },
        { name: 'local_issue', inputSchema },
      ]);

      expect(tool?.name).toBe('local_issue');
      expect(tool?.setState('Done')).toEqual(state);
      expect(tool?.comment('Hi')).toEqual(comment);
    },
  );

  test('is missing when no tool can set a state', () => {
    expect(findIssueTool([{ name: 'linear_graphql', inputSchema: enumeratedWithout() }])).toBeNull();
    expect(findIssueTool(undefined)).toBeNull();
    expect(findIssueTool([null, 1, {}])).toBeNull();
  });

  function enumeratedWithout(): object {
    return { type: 'object', properties: { query: { type: 'string' } } };
  }
});
