import type { IssueId } from '../../../src/domain/issue.js';
import type { CardChange } from './board.js';
import type { World } from './world.js';

const MOST_ISSUES = 40;
const STATES = [
  'Backlog',
  'Todo',
  'Todo',
  'In Progress',
  'In Progress',
  'Rework',
  'Human Review',
  'Done',
  'Cancelled',
];

/** People who work on the board: they add issues, move them about, change their minds, and never ask us first. */
export class People {
  readonly #world: World;
  readonly #pauseMs: number;
  #cancelNext = (): void => {};

  constructor(world: World) {
    this.#world = world;
    this.#pauseMs = world.random.pick([120_000, 600_000, 1_800_000, 3_600_000]);
  }

  /** Begins, or goes on after `leave`. */
  arrive(): void {
    const { timeline, random } = this.#world;
    this.#cancelNext = timeline.after(random.until(this.#pauseMs), () => {
      this.#act();
      this.arrive();
    });
  }

  leave(): void {
    this.#cancelNext();
  }

  addIssue(): void {
    const { random, board, timeline } = this.#world;
    const others = board.ids();
    board.create(
      {
        title: 'Something to do',
        state: random.pick(['Todo', 'Todo', 'Todo', 'In Progress', 'Backlog']),
        priority: random.pick([null, 0, 1, 2, 3, 4, 5]),
        labels: random.chance(0.8) ? ['agent'] : ['other'],
        assigned: random.chance(0.9),
        blockers: others.length > 0 && random.chance(0.3) ? [random.pick(others)] : [],
      },
      random.chance(0.9) ? new Date(timeline.wallMs).toISOString() : null,
    );
  }

  #act(): void {
    const { random, board } = this.#world;
    if (board.size < MOST_ISSUES && random.chance(0.35)) this.addIssue();
    if (board.size > 0) this.#touch(random.pick(board.ids()));
    if (board.size >= MOST_ISSUES) this.#tidyUp();
  }

  #touch(id: IssueId): void {
    const { random, board } = this.#world;
    if (random.chance(0.04)) board.delete(id);
    else board.change(id, this.#change());
    // Some change their minds at once.
    if (random.chance(0.1)) board.change(id, { state: random.pick(STATES) });
  }

  #change(): CardChange {
    const { random, board } = this.#world;
    const dice = random.next();
    if (dice < 0.55) return { state: random.pick(STATES) };
    if (dice < 0.65) return { labels: random.pick([['agent'], ['agent', 'extra'], []]) };
    if (dice < 0.75) return { priority: random.pick([null, 1, 2, 3, 4]) };
    if (dice < 0.85) return { blockers: random.chance(0.5) ? [random.pick(board.ids())] : [] };
    if (dice < 0.95) return { assigned: random.chance(0.7) };
    return { title: random.pick(['Another thing to do', 'Something to do']) };
  }

  #tidyUp(): void {
    const { board } = this.#world;
    for (const { id } of board.issuesByStates(['Done', 'Cancelled'])) {
      if (board.size < MOST_ISSUES - 10) return;
      board.delete(id);
    }
  }
}
