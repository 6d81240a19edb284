import { describe, expect, test } from 'vitest';
import { AGENT_KINDS, createAgent } from '../../src/agents/registry.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

describe('the registry of agents', () => {
  test('makes an agent of each kind', () => {
    const kinds = AGENT_KINDS.map((kind) => createAgent(kind, { clock: new VirtualClock() }).kind);

    expect(kinds).toEqual(['codex', 'scripted']);
  });

  test.each(['claude', '', 'constructor'])('names the kinds there are when asked for %j', (kind) => {
    expect(() => createAgent(kind, { clock: new VirtualClock() })).toThrow(
      expect.objectContaining({
        code: 'unsupported_agent_kind',
        message: expect.stringContaining('codex, scripted'),
      }),
    );
  });
});
