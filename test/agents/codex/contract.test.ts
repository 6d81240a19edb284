import { createAgent } from '../../../src/agents/registry.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { agentContract, type Behaviour } from '../../contracts/agent.js';
import { fixtureCommand } from '../../helpers/agent-session.js';
import '../../helpers/leaks.js';

const PROGRAMS: Readonly<Record<Behaviour, string>> = {
  completes: 'completes',
  fails: 'failed-turn',
  asks: 'asks-approval',
  hangs: 'hangs-in-turn',
  crashes: 'crashes-in-turn',
};

agentContract('codex', () => ({
  agent: createAgent('codex', { clock: systemClock }),
  behave: (behaviour) => ({
    prompt: 'Do it.',
    options: {
      codex: { command: fixtureCommand(PROGRAMS[behaviour]), approvalPolicy: 'untrusted' },
      env: { REQUESTS: 'command' },
    },
  }),
}));
