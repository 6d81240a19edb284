import { enterProject, enterState, enterTeam } from '../workspace/issue-changes.js';
import type { IssueRow, LabelRow } from '../workspace/records.js';
import type { LinearWorkspace } from '../workspace/workspace.js';
import { invalidArgument, refusedInput, UnsupportedByFake } from './failures.js';
import { type Input, listOf } from './filter.js';
import { issueOf, rowOf } from './lookups.js';

/** Looks at one value of an input and gives back what to do when all the others are fine as well. */
type Change = (issue: IssueRow, value: unknown, workspace: LinearWorkspace) => () => void;

/**
 * Applies an `IssueUpdateInput`, all of it or nothing.
 *
 * A key that the fake does not know makes it fail; left out and unset are the same.
 */
export function changeIssue(workspace: LinearWorkspace, issue: IssueRow, input: Input): void {
  const changes = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const change = Object.hasOwn(CHANGES, key) ? CHANGES[key] : undefined;
      if (change === undefined) throw new UnsupportedByFake(`the input ${key} of an issue`);
      return change(issue, value, workspace);
    });
  for (const apply of changes) apply();
  workspace.touch(issue);
}

const CHANGES: Readonly<Record<string, Change>> = {
  teamId: (issue, value, workspace) => {
    const team = rowOf(workspace.teams, uuid(value, 'teamId'), 'Team');
    return () => enterTeam(workspace, issue, team);
  },
  stateId: (issue, value, workspace) => {
    const state = rowOf(workspace.states, uuid(value, 'stateId'), 'WorkflowState');
    if (state.team !== issue.team) {
      throw refusedInput('Discrepancy between issue team and state, cycle or project');
    }
    return () => enterState(workspace, issue, state);
  },
  projectId: (issue, value, workspace) => {
    const project = value === null ? null : rowOf(workspace.projects, uuid(value, 'projectId'), 'Project');
    return () => enterProject(workspace, issue, project);
  },
  parentId: (issue, value, workspace) => {
    const parent = value === null ? null : issueOf(workspace, text(value, 'parentId'));
    return () => {
      issue.parent = parent;
    };
  },
  assigneeId: (issue, value, workspace) => {
    const user = value === null ? null : rowOf(workspace.users, uuid(value, 'assigneeId'), 'User');
    return () => {
      issue.assignee = user;
    };
  },
  delegateId: (issue, value, workspace) => {
    const user = value === null ? null : rowOf(workspace.users, uuid(value, 'delegateId'), 'User');
    return () => {
      issue.delegate = user;
    };
  },
  title: (issue, value) => {
    const title = text(value, 'title');
    if (title.trim() === '') throw invalidArgument('title should not be empty');
    return () => {
      issue.title = title;
    };
  },
  description: (issue, value) => {
    const description = value === null ? null : text(value, 'description');
    return () => {
      issue.description = description;
    };
  },
  priority: (issue, value) => {
    if (typeof value !== 'number' || value < 0 || value > 4) {
      throw invalidArgument('priority must not be greater than 4');
    }
    return () => {
      issue.priority = value;
    };
  },
  labelIds: (issue, value, workspace) => {
    const labels = labelsOf(workspace, value, 'labelIds');
    return () => {
      issue.labels = labels;
    };
  },
  addedLabelIds: (issue, value, workspace) => {
    const labels = labelsOf(workspace, value, 'addedLabelIds');
    return () => {
      issue.labels = [...new Set([...issue.labels, ...labels])];
    };
  },
  removedLabelIds: (issue, value, workspace) => {
    const labels = new Set(labelsOf(workspace, value, 'removedLabelIds'));
    return () => {
      issue.labels = issue.labels.filter((label) => !labels.has(label));
    };
  },
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Ids of what is not an issue are UUIDs; a name in their place is refused. */
export function uuid(value: unknown, property: string): string {
  if (typeof value !== 'string' || !UUID.test(value)) throw invalidArgument(`${property} must be a UUID`);
  return value;
}

export function text(value: unknown, property: string): string {
  if (typeof value !== 'string') throw invalidArgument(`${property} must be a string`);
  return value;
}

function labelsOf(workspace: LinearWorkspace, value: unknown, property: string): LabelRow[] {
  const ids = listOf(value, property).map((id) => uuid(id, `each value in ${property}`));
  return ids.map((id) => rowOf(workspace.labels, id, 'IssueLabel'));
}
