import type { IssueId } from './issue.js';

/** Where an issue of the board stands: its claim, or its place among those without one. */
export const STANDINGS = [
  'running',
  'stopping',
  'retrying',
  'blocked',
  'parked',
  /** It may start, and waits for a slot or for its turn. */
  'waiting',
  /** Nothing holds it, and a rule keeps it from being worked on. */
  'ineligible',
] as const;
export type Standing = (typeof STANDINGS)[number];

/** The rules of dispatch, in the order in which they are asked (SPEC 8.2, 8.3). */
export const RULES = [
  'complete',
  'not_terminal',
  'active',
  'dispatchable',
  'required_labels',
  'workspace_free',
  'claim',
  'daemon_running',
  'not_held',
  'workflow_valid',
  'account_not_limited',
  'tracker_answers',
  'slot_free',
  'state_slot_free',
  'host_free',
  'turn',
] as const;
export type RuleName = (typeof RULES)[number];

/** What one rule says of an issue, and the fact it says so by. */
export interface RuleVerdict {
  readonly rule: RuleName;
  /** `holds`: for this reason the issue does not start now. */
  readonly verdict: 'passes' | 'holds';
  readonly fact: string;
}

/** Why an issue is, or is not, being worked on. Times are wall milliseconds. */
export interface Explanation {
  readonly issueId: IssueId;
  readonly identifier: string;
  readonly title: string;
  readonly url: string | null;
  readonly state: string;
  readonly standing: Standing;
  /** The first fact that holds it, or what happens next: one line. */
  readonly headline: string;
  /** In the order in which dispatch asks; a live run has only those that could end it. */
  readonly rules: readonly RuleVerdict[];
  readonly generatedAtMs: number;
  /** When the tracker told what this rests on: its last answer to a poll, or to the look-up of this issue. */
  readonly readAtMs: number | null;
}

/** An issue of the board in one line. */
export interface BoardRow {
  readonly issueId: IssueId;
  readonly identifier: string;
  readonly title: string;
  readonly url: string | null;
  readonly state: string;
  readonly priority: number | null;
  readonly labels: readonly string[];
  readonly standing: Standing;
  /** What keeps it, or what it does. */
  readonly reason: string;
}

/** Where observers ask why. */
export interface Explainer {
  /**
   * From memory, in a time that nothing outside can lengthen. Null when the issue is neither claimed nor among those in
   * active states that the last poll listed.
   */
  explain(identifier: string): Explanation | null;
  /**
   * As `explain`, and of an issue that is not in memory what the tracker says of it now; null when it knows none of that
   * name. Such questions are few a minute and end within seconds.
   * @throws SymphonyError of SPEC 11.4's categories, also while the tracker is to be left alone
   */
  lookUp(identifier: string): Promise<Explanation | null>;
  /** Every issue that is known: claimed ones, then waiting ones in dispatch order, then those that a rule keeps out. */
  board(): readonly BoardRow[];
}
