import { createAgent } from '../../../src/agents/registry.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { agentContract, type Behaviour } from '../../contracts/agent.js';
import '../../helpers/leaks.js';

const WORDS: Readonly<Record<Behaviour, string>> = {
  completes: 'turns=2',
  fails: 'fail',
  asks: 'ask',
  hangs: 'hang',
  crashes: 'crash',
};

agentContract('scripted', () => ({
  agent: createAgent('scripted', { clock: systemClock }),
  behave: (behaviour) => ({ prompt: `Do it.\nagent: seconds=0 ${WORDS[behaviour]}`, options: {} }),
}));
