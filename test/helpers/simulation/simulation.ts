import { isDeepStrictEqual } from 'node:util';
import { decide as realDecide } from '../../../src/core/decide.js';
import type { Decision } from '../../../src/core/draft.js';
import type { Effect } from '../../../src/core/effects.js';
import type { Event, EventBody } from '../../../src/core/events.js';
import { factIn } from '../../../src/core/fact-schema.js';
import { type Fact, foldedFacts } from '../../../src/core/facts.js';
import { isDrained, isIdle } from '../../../src/core/idle.js';
import type { State } from '../../../src/core/state.js';
import type { IssueFacts } from '../../../src/domain/issue.js';
import { Board } from './board.js';
import { Calamities } from './calamities.js';
import { Checker } from './checker.js';
import { Daemon, type Decide } from './daemon.js';
import { Disks } from './disks.js';
import { Machines } from './machines.js';
import { Operators } from './operators.js';
import { lastClaims } from './past.js';
import { Patience } from './patience.js';
import { People } from './people.js';
import { Random } from './random.js';
import { Timeline } from './timeline.js';
import { broken, Violation } from './violation.js';
import { type Fault, Weather } from './weather.js';
import { drawnAllowance, drawnSettings, type World } from './world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const STORM_MS = 21 * HOUR_MS;
/** What a storm left under way ends by then: throttles, slow removals, backoffs. */
const SETTLE_MS = 15 * MINUTE_MS;
const FAIR_MS = 3 * HOUR_MS - SETTLE_MS;
/** By then a board that nobody touches is worked empty, used-up accounts included. */
const DRAIN_LIMIT_MS = 72 * HOUR_MS;
/** A shutdown takes minutes, and the machine may sleep meanwhile. */
const SHUTDOWN_LIMIT_MS = 24 * HOUR_MS;
const KEPT_STEPS = 30;

/** What came of a simulation. */
export interface Report {
  readonly days: number;
  readonly events: number;
  readonly runs: number;
  readonly lives: number;
  readonly faults: ReadonlyMap<Fault, number>;
}

interface Options {
  readonly seed: number;
  readonly days: number;
  /** The core under test; the real one unless a test breaks it on purpose. */
  readonly decide?: Decide;
  /** Hears every step as one line. */
  readonly tell?: (line: string) => void;
}

/**
 * Days in the life of a board, a daemon and the people around it. Each day has a storm in which everything goes wrong,
 * some fair hours in which people go on, and then a calm in which the board must be worked empty. After every event
 * the checker looks at the step; a broken promise ends the simulation with the seed and the last steps.
 */
export class Simulation {
  readonly #options: Options;
  readonly #timeline = new Timeline();
  readonly #world: World;
  readonly #people: People;
  readonly #calamities: Calamities;
  readonly #operators: Operators;
  readonly #steps: { readonly event: Event; readonly effects: readonly Effect[] }[] = [];
  /** What outlives the daemon, a fact a line. */
  readonly #journal: string[] = [];
  #daemon: Daemon;
  #checker = new Checker();
  #patience: Patience | null = null;
  #events = 0;
  #runs = 0;
  #lives = 0;

  constructor(options: Options) {
    this.#options = options;
    const random = new Random(options.seed);
    const weather = new Weather(random);
    const announces = random.pick(['nothing', 'changes', 'changes', 'names', 'names'] as const);
    const board = new Board((id) => {
      if (announces === 'nothing' || weather.strikes('watchLost')) return;
      const news: EventBody =
        announces === 'changes' ? { type: 'trackerChanged' } : { type: 'issuesChanged', issueIds: [id] };
      this.#timeline.after(random.whole(0, 300), () => this.#daemon.post(news));
    });
    const settings = drawnSettings(random);
    const allowance = drawnAllowance(random);
    const timeline = this.#timeline;
    const machines = new Machines({ timeline, random, weather });
    this.#world = {
      random,
      timeline,
      weather,
      board,
      disks: new Disks(),
      machines,
      allowance,
      settings,
    };
    this.#people = new People(this.#world);
    this.#calamities = new Calamities({
      world: this.#world,
      post: (event) => this.#daemon.post(event),
      crash: () => this.#crash(),
      isBroken: () => this.#daemon.state.workflowProblem !== null,
    });
    this.#operators = new Operators({
      world: this.#world,
      post: (event) => {
        // A daemon takes orders once it has started.
        if (Number.isFinite(this.#daemon.state.poll.dueAtMs)) this.#daemon.post(event);
      },
      state: () => this.#daemon.state,
    });
    this.#daemon = this.#boot();
  }

  run(): Report {
    const { days } = this.#options;
    try {
      for (let issues = 0; issues < 8; issues += 1) this.#people.addIssue();
      for (let day = 0; day < days; day += 1) this.#liveOneDay();
    } catch (error) {
      throw this.#explained(error);
    }
    return {
      days,
      events: this.#events,
      runs: this.#runs,
      lives: this.#lives,
      faults: this.#world.weather.counts,
    };
  }

  #liveOneDay(): void {
    const { weather, machines } = this.#world;
    weather.season = 'storm';
    machines.begin();
    this.#people.arrive();
    this.#operators.arrive();
    this.#calamities.begin();
    this.#pass(STORM_MS);
    weather.season = 'fair';
    machines.end(this.#world.settings.hosts);
    this.#calamities.end();
    this.#operators.resume();
    this.#pass(SETTLE_MS);
    this.#patience = new Patience(this.#world);
    this.#pass(FAIR_MS);
    weather.season = 'calm';
    this.#people.leave();
    this.#operators.leave();
    this.#drain();
    this.#patience = null;
    this.#world.disks.tidyUp((issueId) => this.#world.board.issue(issueId) !== undefined);
  }

  #pass(forMs: number): void {
    const untilMs = this.#timeline.nowMs + forMs;
    while (this.#timeline.step(untilMs));
  }

  /** Lets the daemon work the board empty. */
  #drain(): void {
    // What people did last is seen with the next poll.
    this.#pass(this.#daemon.state.settings.pollIntervalMs + 10_000);
    const limitMs = this.#timeline.nowMs + DRAIN_LIMIT_MS;
    while (!isIdle(this.#daemon.state)) {
      if (!this.#timeline.step(limitMs)) broken('drain', 'the board is not worked empty');
    }
    if (this.#daemon.state.kept.size < 50) this.#checkDrained();
    // One more round of polls tells what became of workspaces without a claim.
    const { settings, kept } = this.#daemon.state;
    const runs = this.#runs;
    this.#pass((Math.ceil(kept.size / 50) + 1) * settings.pollIntervalMs + 10_000);
    if (this.#runs > runs)
      broken('drain', 'the board was idle, and something started though nobody touched it');
    this.#checkDrained();
  }

  /** Nobody is left without work, and nothing is left of what is finished. */
  #checkDrained(): void {
    const { board } = this.#world;
    const { settings, claims } = this.#daemon.state;
    for (const id of board.ids()) {
      if (board.wantsWork(id, settings) && !claims.has(id)) broken('drain', `${id} wants work and has none`);
    }
    this.#checkSwept();
  }

  #checkSwept(): void {
    const { board, disks, machines } = this.#world;
    const { settings } = this.#daemon.state;
    const answers = (host: string): boolean => machines.condition(host) !== 'down';
    for (const host of this.#checker.unsurveyed)
      if (answers(host)) broken('drain', `${host} answers, and is not surveyed`);
    for (const [id, hosts] of this.#checker.places) {
      for (const host of board.isFinished(id, settings) ? hosts : [])
        if (answers(host) && disks.has(id, host))
          broken('drain', `${id} is finished, and its workspace stays on ${host}`);
    }
  }

  #boot(): Daemon {
    this.#lives += 1;
    const checker = new Checker();
    this.#checker = checker;
    const decide = this.#options.decide ?? realDecide;
    const facts = this.#remembered();
    const daemon = new Daemon({
      world: this.#world,
      decide,
      journal: this.#journal,
      onDeath: () => this.#crash(),
      observe: (event, decision, before) => {
        this.#note(event, decision);
        checker.check(event, decision, before);
        this.#patience?.check(event, decision.state);
        this.#afterStep(daemon, decision.state, before);
      },
    });
    this.#timeline.after(0, () => {
      if (facts.length > 0) daemon.post({ type: 'recovered', facts });
      daemon.post({ type: 'started' });
    });
    return daemon;
  }

  /** Reads the journal as the next daemon does, which also makes it as short as it can be. */
  #remembered(): readonly Fact[] {
    const facts = this.#journal.map((line) => factIn(JSON.parse(line)));
    if (!facts.every((fact) => fact !== null)) broken('journal', 'what was written cannot be read');
    const folded = foldedFacts(facts);
    if (!isDeepStrictEqual(lastClaims(folded), lastClaims(facts)))
      broken('journal', 'it means something else once it is folded');
    this.#journal.splice(0, this.#journal.length, ...folded.map((fact) => JSON.stringify(fact)));
    return folded;
  }

  /** A daemon that was told to end, does so in time, and is started again by whoever keeps it. */
  #afterStep(daemon: Daemon, state: State, before: State): void {
    if (state.mode === before.mode || state.mode === 'running') return;
    const limitMs = this.#timeline.nowMs + SHUTDOWN_LIMIT_MS;
    const look = (): void => {
      if (daemon.isDead) return;
      if (isDrained(daemon.state)) this.#crash();
      else if (this.#timeline.nowMs > limitMs) broken('drained', 'the shutdown does not end');
      else this.#timeline.after(1_000, look);
    };
    this.#timeline.after(0, look);
  }

  #crash(): void {
    if (this.#daemon.isDead) return;
    this.#daemon.die();
    const { random } = this.#world;
    this.#timeline.after(random.span(1_000, 10 * MINUTE_MS), () => {
      this.#daemon = this.#boot();
    });
  }

  #note(event: Event, { effects }: Decision): void {
    this.#events += 1;
    for (const { type } of effects) if (type === 'startRun') this.#runs += 1;
    this.#steps.push({ event, effects });
    if (this.#steps.length > KEPT_STEPS) this.#steps.shift();
    this.#options.tell?.(told({ event, effects }));
  }

  #explained(error: unknown): Error {
    const { seed, days } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    const text = [
      message,
      `seed ${seed}, virtual time ${this.#timeline.nowMs} ms, in ${this.#world.weather.season} weather`,
      ...this.#steps.map(told),
      `replay: npm run soak -- --seed ${seed} --days ${days}`,
    ].join('\n');
    return error instanceof Violation ? new Violation(text) : new Error(text, { cause: error });
  }
}

/** One step as one line. */
function told(step: { readonly event: Event; readonly effects: readonly Effect[] }): string {
  const { v: _v, atMs, wallMs: _wallMs, type, ...fields } = step.event;
  const effects = step.effects.map(({ type: name, ...rest }) => `\n    => ${name} ${short(rest)}`);
  return `  ${atMs} ${type} ${short(fields)}${effects.join('')}`;
}

const UNTOLD = new Set(['report', 'delta']);

/** JSON with each issue as a few words. */
function short(value: object): string {
  return JSON.stringify(value, (name, inner: unknown) => {
    if (UNTOLD.has(name)) return undefined;
    return isIssue(inner)
      ? `${inner.id} ${inner.state} ${inner.labels.join('+')}${inner.dispatchable ? '' : ' undispatchable'}`
      : inner;
  });
}

function isIssue(value: unknown): value is IssueFacts {
  return typeof value === 'object' && value !== null && 'dispatchable' in value;
}
