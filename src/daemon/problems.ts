import type { ReportProblem } from '../ports/tracker.js';

type Problem = Parameters<ReportProblem>[0];

/** What adapters report, on its way to the orchestrator; what is said before there is one waits for it. */
export class Problems {
  readonly #keepsUnread: boolean;
  readonly #unread = new Set<string>();
  readonly #early: Problem[] = [];
  #pass: ReportProblem | null = null;

  /** `keepsUnread`: whether a summary will ask for `unread`; a daemon without end should not gather it. */
  constructor({ keepsUnread }: { readonly keepsUnread: boolean }) {
    this.#keepsUnread = keepsUnread;
  }

  readonly report: ReportProblem = (problem) => {
    if (this.#keepsUnread && problem.code === 'tracker_response') this.#unread.add(problem.message);
    if (this.#pass === null) this.#early.push(problem);
    else this.#pass(problem);
  };

  /** Passes on what was reported so far, and from now on everything at once. */
  passTo(pass: ReportProblem): void {
    this.#pass = pass;
    for (const problem of this.#early.splice(0)) pass(problem);
  }

  /** What the tracker's adapter said of records that it could not read as they were written. */
  get unread(): readonly string[] {
    return [...this.#unread];
  }
}
