import { destinationProblem } from '../../../domain/ssh-destination.js';
import type { Destination } from '../destination.js';
import { ConfigProblem } from './config-problem.js';
import type { ConfigContext } from './context.js';
import { expand, type Tokens } from './expansion.js';
import type { Options } from './options.js';

type Spot = Pick<Destination, 'host' | 'port' | 'user'>;

/** How one destination is come to on the way to another. */
export interface Way {
  /** The machines before it, as a value of ProxyJump; null: as its own configuration says. */
  readonly jump: string | null;
  /** What was resolved already, from the goal on. */
  readonly passed: readonly Spot[];
}

const MAX_JUMPS = 8;

/** The machine before this one, which is the last of ProxyJump, and the way to it; null for none. */
export function jumps(
  options: Options,
  { h, n, p, r }: Tokens,
  { env }: ConfigContext,
  { passed }: Way,
): { readonly written: string; readonly way: Way } | null {
  const directive = options.get('proxyjump');
  const value = directive?.args.join(' ') ?? 'none';
  if (directive === null || value.toLowerCase() === 'none') return null;
  const expanded = expand(value, { h: h ?? '', n: n ?? '', p: p ?? '', r: r ?? '' }, env);
  if ('problem' in expanded) throw new ConfigProblem(expanded.problem, directive);
  const chain = expanded.text.split(',').map((each) => each.trim());
  for (const each of chain) {
    const problem = destinationProblem(each);
    if (problem !== null) throw new ConfigProblem(`${directive.name} ${value}: ${problem}`, directive);
  }
  const written = chain.at(-1) ?? '';
  const shown = passed.map(({ host, port }) => `${host}:${port}`).join(' through ');
  if (passed.some((spot, index) => passed.slice(index + 1).some((other) => isSame(spot, other)))) {
    const mend =
      'give the machine in the middle ProxyJump none in a Host block of its own, before the others';
    throw new ConfigProblem(`ProxyJump leads in a circle, ${shown}: ${mend}`, directive);
  }
  if (passed.length > MAX_JUMPS) {
    throw new ConfigProblem(
      `ProxyJump leads through more than ${MAX_JUMPS} machines (${shown}): shorten it`,
      directive,
    );
  }
  return { written, way: { jump: chain.length > 1 ? chain.slice(0, -1).join(',') : null, passed } };
}

function isSame(one: Spot, other: Spot): boolean {
  return one.host === other.host && one.port === other.port && one.user === other.user;
}
