import { SymphonyError } from '../domain/error.js';
import type { Explainer, Explanation } from '../domain/explanation.js';
import type { HistorySource, IssueHistory } from '../domain/history.js';
import type { Snapshot, SnapshotSource } from '../domain/snapshot.js';
import { issuesResponse } from './board.js';
import { type Held, heldIssues } from './issue.js';
import { Ready } from './route.js';
import type { StateResponse } from './schema.js';
import type { IssuesResponse } from './schema-issues.js';
import type { StateLinks } from './state.js';
import { stateBytes } from './state-bytes.js';

/** Where an issue is found; at least one of these is there. */
export interface Known {
  /** In the snapshot: the daemon holds it. */
  readonly held: Held | null;
  /** Among those that nothing holds, as the tracker listed it. */
  readonly listed: Explanation | null;
  readonly history: IssueHistory | null;
}

/** What is answered from. */
export interface AnswerSources {
  readonly source: SnapshotSource;
  readonly explainer: Explainer;
  readonly history: HistorySource;
  readonly links: () => StateLinks;
}

/** Answers made from the latest snapshot, each at most once per snapshot: many readers cost as much as one. */
export class Answers {
  readonly #sources: AnswerSources;
  #made: Made | null = null;

  constructor(sources: AnswerSources) {
    this.#sources = sources;
  }

  /** @throws SymphonyError `snapshot_unavailable` */
  state(): Ready<StateResponse> {
    return this.#latest().state;
  }

  /** @throws SymphonyError `snapshot_unavailable` */
  issues(): Ready<IssuesResponse> {
    return this.#latest().issues;
  }

  /** @throws SymphonyError `snapshot_unavailable` */
  snapshot(): Snapshot {
    return this.#latest().snapshot;
  }

  /** @throws SymphonyError `issue_not_found` or `snapshot_unavailable` */
  known(identifier: string): Known {
    const made = this.#latest();
    const held = made.held.get(identifier) ?? null;
    const { explainer, history } = this.#sources;
    const known = {
      held,
      listed: held === null ? explainer.explain(identifier) : null,
      history: history.issue(identifier),
    };
    if (known.held !== null || known.listed !== null || known.history !== null) return known;
    const isRead = made.snapshot.polling.lastSuccessAtMs !== null;
    const why = isRead ? 'it is in none of the active states' : 'the tracker has not answered yet';
    const message = `No issue ${identifier} is known: ${why}, and it was not worked on lately.`;
    throw new SymphonyError('issue_not_found', message);
  }

  #latest(): Made {
    const snapshot = this.#current();
    if (this.#made?.snapshot !== snapshot) this.#made = new Made(snapshot, this.#sources);
    return this.#made;
  }

  #current(): Snapshot {
    try {
      return this.#sources.source.current();
    } catch (error) {
      const message = 'There is no snapshot to answer from; the log says why.';
      throw new SymphonyError('snapshot_unavailable', message, { cause: error });
    }
  }
}

/** What has been made of one snapshot; each part once it is asked for. */
class Made {
  readonly snapshot: Snapshot;
  readonly #sources: AnswerSources;
  #state: Ready<StateResponse> | null = null;
  #issues: Ready<IssuesResponse> | null = null;
  #held: ReadonlyMap<string, Held> | null = null;

  constructor(snapshot: Snapshot, sources: AnswerSources) {
    this.snapshot = snapshot;
    this.#sources = sources;
  }

  get state(): Ready<StateResponse> {
    this.#state ??= new Ready<StateResponse>(stateBytes(this.snapshot, this.#sources.links()));
    return this.#state;
  }

  get issues(): Ready<IssuesResponse> {
    const { explainer, history } = this.#sources;
    this.#issues ??= new Ready(
      issuesResponse({ snapshot: this.snapshot, board: explainer.board(), histories: history.issues() }),
    );
    return this.#issues;
  }

  get held(): ReadonlyMap<string, Held> {
    this.#held ??= heldIssues(this.snapshot);
    return this.#held;
  }
}
