import type { EventBody } from '../../../src/core/events.js';
import { CALAMITIES, type Calamity } from './weather.js';
import { editedSettings, type World } from './world.js';

const HOUR_MS = 3_600_000;

interface Reach {
  readonly world: World;
  readonly post: (event: EventBody) => void;
  readonly crash: () => void;
  readonly isBroken: () => boolean;
}

/** What befalls the daemon from outside: operators, editors, clocks, power. */
export class Calamities {
  readonly #reach: Reach;
  readonly #pauseMs: number;
  readonly #kinds: readonly Calamity[];
  #cancelNext = (): void => {};

  constructor(reach: Reach) {
    const { random } = reach.world;
    this.#reach = reach;
    this.#pauseMs = random.pick([300_000, 900_000, HOUR_MS, 3 * HOUR_MS]);
    this.#kinds = CALAMITIES.filter(() => random.chance(0.7));
  }

  begin(): void {
    const { random, timeline } = this.#reach.world;
    this.#cancelNext = timeline.after(random.until(this.#pauseMs), () => {
      if (this.#kinds.length > 0) this.#befall(random.pick(this.#kinds));
      this.begin();
    });
  }

  /** No more of it, and the workflow file is valid again. */
  end(): void {
    this.#cancelNext();
    if (this.#reach.isBroken()) this.#reload();
  }

  #befall(kind: Calamity): void {
    const { world, post, crash } = this.#reach;
    const { random, timeline } = world;
    world.weather.count(kind);
    switch (kind) {
      case 'spuriousWake':
        post({ type: 'woke' });
        break;
      case 'spuriousWatch':
        for (let left = random.whole(1, 20); left > 0; left -= 1)
          timeline.after(random.whole(0, 2_000), () => post({ type: 'trackerChanged' }));
        break;
      case 'spuriousNames':
        for (let left = random.whole(1, 20); left > 0; left -= 1) {
          const issueIds = ['nobody', ...world.board.ids()].slice(0, random.whole(1, 60));
          timeline.after(random.whole(0, 2_000), () => post({ type: 'issuesChanged', issueIds }));
        }
        break;
      case 'answerGiven':
        for (const issueId of ['nobody', ...world.board.ids()])
          post({ type: 'questionAnswered', issueId, answer: { kind: 'approve' } });
        break;
      case 'refreshAsked':
        for (let left = random.whole(1, 5); left > 0; left -= 1)
          timeline.after(random.whole(0, 500), () => post({ type: 'refreshRequested' }));
        break;
      case 'reload':
        world.settings = editedSettings(world.settings, random);
        this.#reload();
        break;
      case 'workflowBroken':
        this.#break();
        break;
      case 'clockJump':
        timeline.jumpWall((random.chance(0.5) ? 1 : -1) * random.span(3_000, 6 * HOUR_MS));
        break;
      case 'sleep':
        timeline.sleep(random.span(10_000, 8 * HOUR_MS));
        break;
      case 'crash':
        crash();
        break;
      case 'shutdown':
        post({ type: 'shutdownRequested' });
        break;
    }
  }

  #break(): void {
    const { world, post } = this.#reach;
    const { random, timeline } = world;
    const failure = { code: 'workflow_parse_error', message: 'line 3', retryAfterMs: null } as const;
    post({ type: 'workflowBroke', failure });
    timeline.after(random.span(1_000, HOUR_MS), () => {
      if (this.#reach.isBroken()) this.#reload();
    });
  }

  #reload(): void {
    const { world, post } = this.#reach;
    post({ type: 'workflowReloaded', settings: world.settings });
  }
}
