import type { IssueRow, ProjectRow, RelationRow, RelationType, StateRow, TeamRow } from './records.js';
import { identifierOf } from './records.js';
import { added, type LinearWorkspace } from './workspace.js';

/** Changes of issues that people and API calls make alike. None of them touches another issue's `updatedAt`. */

export interface NewIssueSpec {
  /** Its team becomes the issue's. */
  readonly state: StateRow;
  /** Left out: the next one of the team. */
  readonly number?: number;
  readonly id?: string | undefined;
  readonly createdAtMs?: number | undefined;
}

/** Adds an issue of the viewer that has nothing but its place. */
export function addIssue(
  workspace: LinearWorkspace,
  { state, number = state.team.nextNumber, id, createdAtMs }: NewIssueSpec,
): IssueRow {
  const { team } = state;
  team.nextNumber = Math.max(team.nextNumber, number + 1);
  return added(workspace.issues, {
    ...workspace.newRow({ id, createdAtMs }),
    team,
    number,
    previousIdentifiers: [],
    title: '',
    description: null,
    priority: 0,
    estimate: null,
    state,
    project: null,
    parent: null,
    assignee: null,
    delegate: null,
    creator: workspace.viewer,
    labels: [],
    startedAtMs: null,
    completedAtMs: null,
    canceledAtMs: null,
    trashed: false,
  });
}

/** Puts an issue into a state of its team and notes when its kind of state was first reached. */
export function enterState(workspace: LinearWorkspace, issue: IssueRow, state: StateRow): void {
  const nowMs = workspace.nowMs();
  issue.state = state;
  if (state.type === 'started') issue.startedAtMs ??= nowMs;
  issue.completedAtMs = state.type === 'completed' ? (issue.completedAtMs ?? nowMs) : null;
  issue.canceledAtMs =
    state.type === 'canceled' || state.type === 'duplicate' ? (issue.canceledAtMs ?? nowMs) : null;
  workspace.touch(issue);
}

/** Archives an issue; in the trash it is archived as well, and Linear deletes it for good some time later. */
export function archiveIssue(workspace: LinearWorkspace, issue: IssueRow, trash: boolean): void {
  workspace.touch(issue);
  issue.archivedAtMs = issue.updatedAtMs;
  issue.trashed = trash;
}

/** Moves an issue into a project, which its team then takes part in, or out of any project. */
export function enterProject(workspace: LinearWorkspace, issue: IssueRow, project: ProjectRow | null): void {
  project?.teams.add(issue.team);
  issue.project = project;
  workspace.touch(issue);
}

/** Moves an issue to another team: another identifier, and that team's state of the same name, else the same kind. */
export function enterTeam(workspace: LinearWorkspace, issue: IssueRow, team: TeamRow): void {
  if (issue.team === team) return;
  const states = workspace.statesOf(team);
  const state =
    states.find(({ name }) => name === issue.state.name) ??
    states.find(({ type }) => type === issue.state.type) ??
    states[0];
  if (state === undefined) throw new Error(`The team ${team.key} has no states`);
  issue.previousIdentifiers.unshift(identifierOf(issue));
  issue.team = team;
  issue.number = team.nextNumber;
  team.nextNumber += 1;
  issue.project?.teams.add(team);
  enterState(workspace, issue, state);
}

/** Says that one issue blocks (duplicates, ...) another, once. */
export function relate(
  workspace: LinearWorkspace,
  { type, issue, relatedIssue, id }: RelationSpec,
): RelationRow {
  const known = workspace.relations.find(
    (row) => row.type === type && row.issue === issue && row.relatedIssue === relatedIssue,
  );
  return known ?? added(workspace.relations, { ...workspace.newRow({ id }), type, issue, relatedIssue });
}

export interface RelationSpec {
  readonly type: RelationType;
  readonly issue: IssueRow;
  readonly relatedIssue: IssueRow;
  readonly id?: string | undefined;
}
