import { destinationProblem } from '../../../domain/ssh-destination.js';
import { ConfigProblem } from './config-problem.js';
import type { ConfigContext } from './context.js';
import type { Directive } from './directives.js';
import { expand, type Tokens } from './expansion.js';
import type { Options } from './options.js';

/** How one destination is come to on the way to another. */
export interface Way {
  /** The machines before it, as a value of ProxyJump; null: as its own configuration says. */
  readonly jump: string | null;
  /** Those that are reached through it, as they are written, the goal first. */
  readonly passed: readonly string[];
}

const MAX_JUMPS = 8;

/** The machine before this one, which is the last of ProxyJump, and the way to it; null for none. */
export function jumps(
  name: string,
  options: Options,
  tokens: Tokens,
  { env }: ConfigContext,
  way: Way,
): { readonly written: string; readonly way: Way } | null {
  const directive = options.get('proxyjump');
  const value = directive?.args.join(' ') ?? 'none';
  if (directive === null || value.toLowerCase() === 'none') return null;
  const chain = chainOf(directive, value, tokens, env);
  const written = chain.at(-1) ?? '';
  const passed = [...way.passed, name];
  const shown = [...passed, written].join(' through ');
  if (way.jump === null && passed.includes(written)) {
    const mend = 'put a Host block for the machine in the middle before the others, with ProxyJump none';
    throw new ConfigProblem(`ProxyJump leads in a circle, ${shown}; ${mend}`, directive);
  }
  if (passed.length > MAX_JUMPS) {
    const problem = `ProxyJump leads through more than ${MAX_JUMPS} machines, ${shown}; shorten it`;
    throw new ConfigProblem(problem, directive);
  }
  return { written, way: { jump: chain.length > 1 ? chain.slice(0, -1).join(',') : null, passed } };
}

function chainOf(
  directive: Directive,
  value: string,
  { h = '', n = '', p = '', r = '' }: Tokens,
  env: ConfigContext['env'],
): readonly string[] {
  const expanded = expand(value, { h, n, p, r }, env);
  if ('problem' in expanded) throw new ConfigProblem(expanded.problem, directive);
  const chain = expanded.text.split(',').map((each) => each.trim());
  for (const each of chain) {
    const problem = destinationProblem(each);
    if (problem !== null) throw new ConfigProblem(`${directive.name} ${value}: ${problem}`, directive);
  }
  return chain;
}
