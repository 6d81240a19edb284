import { factIn } from '../../src/core/fact-schema.js';
import type { Fact } from '../../src/core/facts.js';
import type { CoreSettings } from '../../src/core/settings.js';
import { CoreDriver } from './core-driver.js';

/** Daemons one after the other in one place: each begins with what the one before it wrote down. */
export class CoreLives {
  readonly #settings: Partial<CoreSettings>;
  #facts: Fact[] = [];
  #now = { atMs: 1_000_000, wallMs: 1_800_000_000_000 };
  #core: CoreDriver;

  constructor(settings: Partial<CoreSettings> = {}) {
    this.#settings = settings;
    this.#core = this.#born(settings);
  }

  get core(): CoreDriver {
    return this.#core;
  }

  /** The process ends without a word, and after so long the next one begins; it is not started yet. */
  dieFor(awayMs: number, settings: Partial<CoreSettings> = this.#settings): CoreDriver {
    const { atMs, wallMs } = this.#core;
    this.#now = { atMs: atMs + awayMs, wallMs: wallMs + awayMs };
    // As a file gives them back.
    const facts = this.#facts.map((fact) => factIn(JSON.parse(JSON.stringify(fact))));
    if (!facts.every((fact) => fact !== null)) throw new Error('a fact cannot be read again');
    this.#facts = facts;
    this.#core = this.#born(settings);
    this.#core.send({ type: 'recovered', facts });
    return this.#core;
  }

  #born(settings: Partial<CoreSettings>): CoreDriver {
    const core = new CoreDriver(settings);
    core.atMs = this.#now.atMs;
    core.wallMs = this.#now.wallMs;
    core.observe = (_event, decision) => this.#facts.push(...decision.facts);
    return core;
  }
}
