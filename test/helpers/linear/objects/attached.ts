import {
  type AttachmentRow,
  type CommentRow,
  identifierOf,
  type LabelRow,
  type RelationRow,
} from '../workspace/records.js';
import { optionalInstant } from '../workspace/view.js';
import { entity, type LinearGraph, WORKSPACE_URL } from './graph.js';

/** What hangs on issues: relations, comments, attachments and labels. */

export function relationObject(row: RelationRow, graph: LinearGraph): object {
  return {
    ...entity(row),
    type: row.type,
    issue: () => graph.issue(row.issue),
    relatedIssue: () => graph.issue(row.relatedIssue),
  };
}

export function commentObject(row: CommentRow, graph: LinearGraph): object {
  return {
    ...entity(row),
    body: row.body,
    url: `${WORKSPACE_URL}/issue/${identifierOf(row.issue)}#comment-${row.id.slice(-8)}`,
    editedAt: optionalInstant(row.editedAtMs),
    issueId: row.issue.id,
    parentId: row.parent?.id ?? null,
    issue: () => graph.issue(row.issue),
    user: () => graph.user(row.user),
    parent: () => row.parent && graph.comment(row.parent),
    reactionData: {},
    reactions: [],
  };
}

export function attachmentObject(row: AttachmentRow, graph: LinearGraph): object {
  return {
    ...entity(row),
    title: row.title,
    subtitle: row.subtitle,
    url: row.url,
    metadata: row.metadata,
    issue: () => graph.issue(row.issue),
    creator: () => graph.user(row.creator),
    groupBySource: false,
  };
}

export function labelObject(row: LabelRow): object {
  return { ...entity(row), name: row.name, color: '#bec2c8', isGroup: false };
}
