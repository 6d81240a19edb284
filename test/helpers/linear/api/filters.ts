import type {
  CommentRow,
  IssueRow,
  LabelRow,
  ProjectRow,
  StateRow,
  TeamRow,
  UserRow,
} from '../workspace/records.js';
import type { LinearWorkspace } from '../workspace/workspace.js';
import { number, text, time, truth } from './comparators.js';
import { allOf, type Compile, type Keys, of, orAbsent } from './filter.js';

/** The filters of the connections that the fake serves. */
export interface LinearFilters {
  readonly issue: Compile<IssueRow>;
  readonly label: Compile<LabelRow>;
  readonly state: Compile<StateRow>;
  readonly team: Compile<TeamRow>;
  readonly project: Compile<ProjectRow>;
  readonly user: Compile<UserRow>;
  readonly comment: Compile<CommentRow>;
}

/** The keys that the fake knows. Another one makes it fail and is added here, as Linear means it. */
export function linearFilters(workspace: LinearWorkspace): LinearFilters {
  const now = () => workspace.nowMs();
  const userKeys: Keys<UserRow> = {
    id: text((user) => user.id),
    name: text((user) => user.name),
    isMe: truth((user) => user === workspace.viewer),
  };
  const projectKeys: Keys<ProjectRow> = {
    id: text((project) => project.id),
    name: text((project) => project.name),
    slugId: text((project) => project.slugId),
  };
  const team = allOf<TeamRow>({
    id: text((row) => row.id),
    key: text((row) => row.key),
    name: text((row) => row.key),
  });
  const state = allOf<StateRow>({
    id: text((row) => row.id),
    name: text((row) => row.name),
    type: text((row) => row.type),
    team: of((row) => row.team, team),
  });
  const labelKeys: Keys<LabelRow> = { id: text((row) => row.id), name: text((row) => row.name) };
  const user = allOf(userKeys);
  const userOrNobody = orAbsent(userKeys);
  const issue = allOf<IssueRow>({
    id: text((row) => row.id),
    number: number((row) => row.number),
    title: text((row) => row.title),
    priority: number((row) => row.priority),
    createdAt: time((row) => row.createdAtMs, now),
    updatedAt: time((row) => row.updatedAtMs, now),
    state: of((row) => row.state, state),
    team: of((row) => row.team, team),
    project: of((row) => row.project, orAbsent(projectKeys)),
    assignee: of((row) => row.assignee, userOrNobody),
    delegate: of((row) => row.delegate, userOrNobody),
    creator: of((row) => row.creator, userOrNobody),
    labels: labelsOf(labelKeys),
    hasBlockedByRelations: truth((row) => hasOpenBlocker(workspace, row)),
  });
  const comment = allOf<CommentRow>({
    id: text((row) => row.id),
    body: text((row) => row.body),
    createdAt: time((row) => row.createdAtMs, now),
    user: of((row) => row.user, user),
    issue: of((row) => row.issue, issue),
  });
  return { issue, label: allOf(labelKeys), state, team, project: allOf(projectKeys), user, comment };
}

/** A plain key means that some label is so. */
function labelsOf(keys: Keys<LabelRow>): Compile<IssueRow> {
  const label = allOf(keys);
  const someLabel = (compile: Compile<LabelRow>): Compile<IssueRow> => {
    return (input, at) => {
      const test = compile(input, at);
      return (issue) => issue.labels.some(test);
    };
  };
  const plain = Object.entries(keys).map(([key, compile]) => [key, someLabel(compile)] as const);
  return allOf<IssueRow>({
    ...Object.fromEntries(plain),
    some: someLabel(label),
    every: (input, at) => {
      const test = label(input, at);
      return (issue) => issue.labels.every(test);
    },
    length: number((issue) => issue.labels.length),
  });
}

const CLOSED: ReadonlySet<string> = new Set(['completed', 'canceled', 'duplicate']);

/** Linear's filter tells of blockers that are still open, whatever the state of the blocked issue itself. */
function hasOpenBlocker(workspace: LinearWorkspace, issue: IssueRow): boolean {
  return workspace.relations.some(
    (relation) =>
      relation.type === 'blocks' && relation.relatedIssue === issue && !CLOSED.has(relation.issue.state.type),
  );
}
