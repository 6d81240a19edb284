import type { EventBody } from '../../../src/core/events.js';
import type { State } from '../../../src/core/state.js';
import type { IssueId } from '../../../src/domain/issue.js';
import type { World } from './world.js';

interface Reach {
  readonly world: World;
  readonly post: (event: EventBody) => void;
  /** What the daemon that lives now shows. */
  readonly state: () => State;
}

/** People who give the daemon orders: they stop, retry and release issues, answer, pause, and sometimes drain it. */
export class Operators {
  readonly #reach: Reach;
  readonly #pauseMs: number;
  #cancelNext = (): void => {};

  constructor(reach: Reach) {
    this.#reach = reach;
    // Some daemons are never given an order.
    this.#pauseMs = reach.world.random.pick([300_000, 1_200_000, 3_600_000, Number.POSITIVE_INFINITY]);
  }

  /** Begins, or goes on after `leave`. */
  arrive(): void {
    if (this.#pauseMs === Number.POSITIVE_INFINITY) return;
    const { timeline, random } = this.#reach.world;
    this.#cancelNext = timeline.after(random.until(this.#pauseMs), () => {
      this.#act();
      this.arrive();
    });
  }

  /** Nobody gives orders any more, and nobody holds dispatch. */
  leave(): void {
    this.#cancelNext();
    this.resume();
  }

  /** Takes back a pause or a drain, and takes a limit of the account for over. */
  resume(): void {
    if (this.#reach.state().hold !== null) this.#reach.post({ type: 'dispatchOrdered', order: 'resume' });
  }

  #act(): void {
    const { world, post, state } = this.#reach;
    const { random, weather } = world;
    const dice = random.next();
    if ((state().hold !== null || state().accountLimit !== null) && dice < 0.5) {
      post({ type: 'dispatchOrdered', order: 'resume' });
    } else if (dice < 0.1) {
      weather.count('paused');
      post({ type: 'dispatchOrdered', order: 'pause' });
    } else if (dice < 0.13 && weather.season === 'storm') {
      weather.count('drained');
      post({ type: 'dispatchOrdered', order: 'drain' });
    } else this.#orderIssue(this.#anyIssue());
  }

  #orderIssue(issueId: IssueId): void {
    const { world, post } = this.#reach;
    const { random, weather } = world;
    weather.count('ordered');
    const order = random.pick(['stop', 'stop', 'retry', 'release', 'answer'] as const);
    if (order === 'answer') post({ type: 'questionAnswered', issueId, answer: { kind: 'decline' } });
    else post({ type: 'issueOrdered', issueId, order });
    // Some change their minds at once.
    if (random.chance(0.1))
      post({ type: 'issueOrdered', issueId, order: random.pick(['stop', 'retry', 'release']) });
  }

  /** Mostly one that the daemon works on. */
  #anyIssue(): IssueId {
    const { world, state } = this.#reach;
    const { random, board } = world;
    const claimed = [...state().claims.keys()];
    const removing = [...state().removing.keys()];
    if (removing.length > 0 && random.chance(0.3)) return random.pick(removing);
    if (claimed.length > 0 && random.chance(0.7)) return random.pick(claimed);
    return random.pick(['nobody', ...board.ids()]);
  }
}
