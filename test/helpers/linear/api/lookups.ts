import type { IssueRow, LinearRow } from '../workspace/records.js';
import type { LinearWorkspace } from '../workspace/workspace.js';
import { entityNotFound } from './failures.js';

/** The row with this id, or Linear's refusal that names the kind of entity. */
export function rowOf<Row extends LinearRow>(rows: readonly Row[], id: string, entity: string): Row {
  const row = rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw entityNotFound(entity);
  return row;
}

/** By UUID or identifier; archived and trashed issues as well. */
export function issueOf(workspace: LinearWorkspace, idOrIdentifier: string): IssueRow {
  const issue = workspace.findIssue(idOrIdentifier);
  if (issue === undefined) throw entityNotFound('Issue');
  return issue;
}
