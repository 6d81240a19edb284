/** What the fake Linear keeps. The rows change in place; instants are wall milliseconds. */

/** What every row has. Later rows have a higher `order`, which decides between equal instants. */
export interface LinearRow {
  readonly id: string;
  readonly order: number;
  readonly createdAtMs: number;
  updatedAtMs: number;
  /** Like `order`, of the last change. */
  updatedOrder: number;
  archivedAtMs: number | null;
}

export const STATE_TYPES = [
  'triage',
  'backlog',
  'unstarted',
  'started',
  'completed',
  'canceled',
  'duplicate',
] as const;
export type StateType = (typeof STATE_TYPES)[number];

export interface UserRow extends LinearRow {
  readonly name: string;
}

export interface TeamRow extends LinearRow {
  readonly key: string;
  /** The number that the next issue gets. */
  nextNumber: number;
}

export interface StateRow extends LinearRow {
  readonly team: TeamRow;
  readonly name: string;
  readonly type: StateType;
  readonly position: number;
}

export interface ProjectRow extends LinearRow {
  readonly name: string;
  /** Twelve hexadecimal digits, the tail of the project's address. */
  readonly slugId: string;
  readonly teams: Set<TeamRow>;
}

export interface LabelRow extends LinearRow {
  readonly name: string;
}

export interface IssueRow extends LinearRow {
  team: TeamRow;
  number: number;
  readonly previousIdentifiers: string[];
  title: string;
  description: string | null;
  /** 0 is none, 1 is urgent. */
  priority: number;
  estimate: number | null;
  state: StateRow;
  project: ProjectRow | null;
  parent: IssueRow | null;
  assignee: UserRow | null;
  delegate: UserRow | null;
  readonly creator: UserRow;
  labels: readonly LabelRow[];
  startedAtMs: number | null;
  completedAtMs: number | null;
  canceledAtMs: number | null;
  trashed: boolean;
}

export const RELATION_TYPES = ['blocks', 'duplicate', 'related', 'similar'] as const;
export type RelationType = (typeof RELATION_TYPES)[number];

/** `issue` blocks (duplicates, ...) `relatedIssue`. */
export interface RelationRow extends LinearRow {
  readonly type: RelationType;
  readonly issue: IssueRow;
  readonly relatedIssue: IssueRow;
}

export interface CommentRow extends LinearRow {
  readonly issue: IssueRow;
  readonly user: UserRow;
  readonly parent: CommentRow | null;
  body: string;
  editedAtMs: number | null;
}

/** Unique per issue and address. */
export interface AttachmentRow extends LinearRow {
  readonly issue: IssueRow;
  readonly creator: UserRow;
  readonly url: string;
  title: string;
  subtitle: string | null;
  metadata: unknown;
}

/** `ENG-12`; another one after a move to another team. */
export function identifierOf(issue: IssueRow): string {
  return `${issue.team.key}-${issue.number}`;
}
