import { type CommentRow, type IssueRow, identifierOf, type StateType } from './records.js';
import type { LinearWorkspace } from './workspace.js';

/** An issue as a test compares it. */
export interface LinearIssueView {
  readonly id: string;
  readonly identifier: string;
  readonly previousIdentifiers: readonly string[];
  readonly title: string;
  readonly description: string | null;
  readonly priority: number;
  readonly state: string;
  readonly stateId: string;
  readonly stateType: StateType;
  readonly labels: readonly string[];
  /** Identifiers. */
  readonly blockedBy: readonly string[];
  readonly assigneeId: string | null;
  readonly delegateId: string | null;
  readonly projectSlugId: string | null;
  readonly teamKey: string;
  readonly attachments: readonly { readonly title: string; readonly url: string }[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly archivedAt: string | null;
  readonly trashed: boolean;
}

/** A comment as a test compares it. */
export interface LinearCommentView {
  readonly id: string;
  readonly body: string;
  readonly userId: string;
  readonly createdAt: string;
  readonly edited: boolean;
}

export function issueView(workspace: LinearWorkspace, issue: IssueRow): LinearIssueView {
  return {
    id: issue.id,
    identifier: identifierOf(issue),
    previousIdentifiers: [...issue.previousIdentifiers],
    title: issue.title,
    description: issue.description,
    priority: issue.priority,
    state: issue.state.name,
    stateId: issue.state.id,
    stateType: issue.state.type,
    labels: issue.labels.map(({ name }) => name),
    blockedBy: workspace.relations
      .filter((relation) => relation.type === 'blocks' && relation.relatedIssue === issue)
      .map((relation) => identifierOf(relation.issue)),
    assigneeId: issue.assignee?.id ?? null,
    delegateId: issue.delegate?.id ?? null,
    projectSlugId: issue.project?.slugId ?? null,
    teamKey: issue.team.key,
    attachments: workspace.attachments
      .filter((attachment) => attachment.issue === issue)
      .map(({ title, url }) => ({ title, url })),
    createdAt: instant(issue.createdAtMs),
    updatedAt: instant(issue.updatedAtMs),
    archivedAt: optionalInstant(issue.archivedAtMs),
    trashed: issue.trashed,
  };
}

export function commentView(comment: CommentRow): LinearCommentView {
  return {
    id: comment.id,
    body: comment.body,
    userId: comment.user.id,
    createdAt: instant(comment.createdAtMs),
    edited: comment.editedAtMs !== null,
  };
}

/** Wall milliseconds as Linear writes instants. */
export function instant(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

export function optionalInstant(wallMs: number | null): string | null {
  return wallMs === null ? null : instant(wallMs);
}
