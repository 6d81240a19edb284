import type { LinearGraph } from '../objects/graph.js';
import { UnsupportedByFake } from './failures.js';
import { issueOf, rowOf } from './lookups.js';
import { type ConnectionArguments, connection } from './paging.js';

interface ById {
  readonly id: string;
}

/** The fields of `Query` that the fake answers. */
export function linearQueries(graph: LinearGraph): object {
  const { workspace, filters } = graph;
  return {
    viewer: () => graph.user(workspace.viewer),
    issue: ({ id }: ById) => graph.issue(issueOf(workspace, id)),
    user: ({ id }: ById) => graph.user(rowOf(workspace.users, id, 'User')),
    team: ({ id }: ById) => graph.team(rowOf(workspace.teams, id, 'Team')),
    project: ({ id }: ById) => graph.project(rowOf(workspace.projects, id, 'Project')),
    workflowState: ({ id }: ById) => graph.state(rowOf(workspace.states, id, 'WorkflowState')),
    issueLabel: ({ id }: ById) => graph.label(rowOf(workspace.labels, id, 'IssueLabel')),
    attachment: ({ id }: ById) => graph.attachment(rowOf(workspace.attachments, id, 'Attachment')),
    issueRelation: ({ id }: ById) => graph.relation(rowOf(workspace.relations, id, 'IssueRelation')),
    comment: ({ id }: Partial<ById>) => {
      if (id === undefined) throw new UnsupportedByFake('comment without an id');
      return graph.comment(rowOf(workspace.comments, id, 'Comment'));
    },
    issues: (args: ConnectionArguments) =>
      connection(workspace.issues, {
        args,
        show: graph.issue,
        filter: { compile: filters.issue, name: 'IssueFilter' },
      }),
    users: (args: ConnectionArguments) =>
      connection(workspace.users, {
        args,
        show: graph.user,
        filter: { compile: filters.user, name: 'UserFilter' },
      }),
    teams: (args: ConnectionArguments) =>
      connection(workspace.teams, {
        args,
        show: graph.team,
        filter: { compile: filters.team, name: 'TeamFilter' },
      }),
    projects: (args: ConnectionArguments) =>
      connection(workspace.projects, {
        args,
        show: graph.project,
        filter: { compile: filters.project, name: 'ProjectFilter' },
      }),
    workflowStates: (args: ConnectionArguments) =>
      connection(workspace.states, {
        args,
        show: graph.state,
        filter: { compile: filters.state, name: 'WorkflowStateFilter' },
      }),
    issueLabels: (args: ConnectionArguments) =>
      connection(workspace.labels, {
        args,
        show: graph.label,
        filter: { compile: filters.label, name: 'IssueLabelFilter' },
      }),
  };
}
