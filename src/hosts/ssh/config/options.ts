import { ConfigProblem, type Place } from './config-problem.js';
import type { Directive } from './directives.js';
import { REFUSED } from './keywords.js';

/** What the files say about one destination: the first value counts, and of identities every one. */
export class Options {
  readonly #kept = new Map<string, Directive>();
  readonly #identities: Directive[] = [];

  /** Values of the destination itself go before all files. */
  constructor(given: { readonly [keyword: string]: string | null }) {
    for (const [keyword, value] of Object.entries(given)) if (value !== null) this.set(keyword, value);
  }

  /** `keyword` is what the option is known by. */
  keep(keyword: string, directive: Directive): void {
    if (keyword === 'identityfile') this.#identities.push(directive);
    // Of these two the one that comes first is in force.
    else if (keyword === 'proxyjump' && this.#kept.has('proxycommand')) return;
    else if (keyword === 'proxycommand' && this.#kept.has('proxyjump')) return;
    else if (!this.#kept.has(keyword)) this.#kept.set(keyword, directive);
  }

  /** Puts a value in the place of what there is. */
  set(keyword: string, value: string): void {
    this.#kept.set(keyword, { keyword, name: keyword, args: [value], file: 'worker.ssh_hosts', line: 1 });
  }

  get(keyword: string): Directive | null {
    return this.#kept.get(keyword) ?? null;
  }

  /** The value of an option that takes one; undefined when it is not set. */
  first(keyword: string): string | undefined {
    return this.#kept.get(keyword)?.args[0];
  }

  /** In the order of the files, each once. */
  get identities(): readonly { readonly path: string; readonly place: Place }[] {
    const paths = new Map<string, Directive>();
    for (const directive of this.#identities) {
      const [path = ''] = directive.args;
      if (!paths.has(path)) paths.set(path, directive);
    }
    return [...paths].map(([path, place]) => ({ path, place }));
  }

  /** @throws ConfigProblem for an option that changes how to connect and cannot be had */
  refuseUnsupported(): void {
    for (const [name, { isHarmless, mend }] of Object.entries(REFUSED)) {
      const directive = this.get(name.toLowerCase());
      const [value = ''] = directive?.args ?? [];
      if (directive === null || isHarmless(value.toLowerCase())) continue;
      const shown = directive.args.join(' ');
      throw new ConfigProblem(`${directive.name} ${shown} is not supported; ${mend}`, directive);
    }
  }
}
