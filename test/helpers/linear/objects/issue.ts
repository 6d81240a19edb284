import { type ConnectionArguments, connection } from '../api/paging.js';
import { type IssueRow, identifierOf } from '../workspace/records.js';
import { optionalInstant } from '../workspace/view.js';
import { entity, type LinearGraph, WORKSPACE_URL } from './graph.js';

const PRIORITY_LABELS = ['No priority', 'Urgent', 'High', 'Medium', 'Low'];

export function issueObject(row: IssueRow, graph: LinearGraph): object {
  const slug = slugOf(row.title);
  return {
    ...entity(row),
    identifier: identifierOf(row),
    number: row.number,
    previousIdentifiers: row.previousIdentifiers,
    title: row.title,
    description: row.description,
    priority: row.priority,
    priorityLabel: PRIORITY_LABELS[row.priority],
    estimate: row.estimate,
    url: `${WORKSPACE_URL}/issue/${identifierOf(row)}/${slug}`,
    branchName: `symphony/${identifierOf(row).toLowerCase()}-${slug}`,
    trashed: row.trashed ? true : null,
    startedAt: optionalInstant(row.startedAtMs),
    completedAt: optionalInstant(row.completedAtMs),
    canceledAt: optionalInstant(row.canceledAtMs),
    labelIds: row.labels.map(({ id }) => id),
    ...issueRelatives(row, graph),
    ...issueConnections(row, graph),
    ...ISSUE_DEFAULTS,
  };
}

function issueRelatives(row: IssueRow, graph: LinearGraph) {
  return {
    state: () => graph.state(row.state),
    team: () => graph.team(row.team),
    creator: () => graph.user(row.creator),
    project: () => row.project && graph.project(row.project),
    parent: () => row.parent && graph.issue(row.parent),
    assignee: () => row.assignee && graph.user(row.assignee),
    delegate: () => row.delegate && graph.user(row.delegate),
  };
}

function issueConnections(row: IssueRow, graph: LinearGraph) {
  const { workspace, filters } = graph;
  return {
    labels: (args: ConnectionArguments) =>
      connection(row.labels, {
        args,
        show: graph.label,
        filter: { compile: filters.label, name: 'IssueLabelFilter' },
      }),
    relations: (args: ConnectionArguments) =>
      connection(
        workspace.relations.filter(({ issue }) => issue === row),
        { args, show: graph.relation },
      ),
    inverseRelations: (args: ConnectionArguments) =>
      connection(
        workspace.relations.filter(({ relatedIssue }) => relatedIssue === row),
        { args, show: graph.relation },
      ),
    comments: (args: ConnectionArguments) =>
      connection(
        workspace.comments.filter(({ issue }) => issue === row),
        { args, show: graph.comment, filter: { compile: filters.comment, name: 'CommentFilter' } },
      ),
    attachments: (args: ConnectionArguments) =>
      connection(
        workspace.attachments.filter(({ issue }) => issue === row),
        { args, show: graph.attachment },
      ),
    children: (args: ConnectionArguments) =>
      connection(
        workspace.issues.filter(({ parent }) => parent === row),
        { args, show: graph.issue, filter: { compile: filters.issue, name: 'IssueFilter' } },
      ),
  };
}

/** Asked for by the SDK, about parts of Linear that the fake does not have. */
const ISSUE_DEFAULTS = {
  boardOrder: 0,
  sortOrder: 0,
  prioritySortOrder: 0,
  customerTicketCount: 0,
  inheritsSharedAccess: false,
  reactionData: {},
  reactions: [],
  sharedAccess: {
    isShared: false,
    sharedWithCount: 0,
    sharedWithUsers: [],
    viewerHasOnlySharedAccess: false,
    disallowedIssueFields: [],
  },
};

function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}
