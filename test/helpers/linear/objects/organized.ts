import { type ConnectionArguments, connection } from '../api/paging.js';
import type { IssueRow, ProjectRow, StateRow, TeamRow, UserRow } from '../workspace/records.js';
import { entity, type LinearGraph, WORKSPACE_URL } from './graph.js';

/** How a workspace is organized: teams with their states, projects and users. */

export function stateObject(row: StateRow, graph: LinearGraph): object {
  return {
    ...entity(row),
    name: row.name,
    type: row.type,
    position: row.position,
    color: '#e2e2e2',
    team: () => graph.team(row.team),
    issues: (args: ConnectionArguments) => issues(graph, args, ({ state }) => state === row),
  };
}

export function teamObject(row: TeamRow, graph: LinearGraph): object {
  return {
    ...entity(row),
    key: row.key,
    name: row.key,
    displayName: row.key,
    issueCount: () => graph.workspace.issues.filter(({ team }) => team === row).length,
    states: (args: ConnectionArguments) =>
      connection(graph.workspace.statesOf(row), {
        args,
        show: graph.state,
        filter: { compile: graph.filters.state, name: 'WorkflowStateFilter' },
      }),
    labels: (args: ConnectionArguments) =>
      connection([], {
        args,
        show: graph.label,
        filter: { compile: graph.filters.label, name: 'IssueLabelFilter' },
      }),
    issues: (args: ConnectionArguments) => issues(graph, args, ({ team }) => team === row),
    ...TEAM_DEFAULTS,
  };
}

export function projectObject(row: ProjectRow, graph: LinearGraph): object {
  const slug = row.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return {
    ...entity(row),
    name: row.name,
    slugId: row.slugId,
    url: `${WORKSPACE_URL}/project/${slug}-${row.slugId}`,
    teams: (args: ConnectionArguments) =>
      connection([...row.teams], {
        args,
        show: graph.team,
        filter: { compile: graph.filters.team, name: 'TeamFilter' },
      }),
    issues: (args: ConnectionArguments) => issues(graph, args, ({ project }) => project === row),
    status: () => ({ ...entity(row), name: 'In Progress', type: 'started', color: '#f2c94c', position: 2 }),
    ...PROJECT_DEFAULTS,
  };
}

export function userObject(row: UserRow, { workspace }: LinearGraph): object {
  const handle = row.name.toLowerCase().replaceAll(' ', '.');
  return {
    ...entity(row),
    name: row.name,
    displayName: handle,
    email: `${handle}@example.com`,
    initials: row.name.slice(0, 1),
    url: `${WORKSPACE_URL}/profiles/${handle}`,
    isMe: row === workspace.viewer,
    createdIssueCount: () => workspace.issues.filter(({ creator }) => creator === row).length,
    ...USER_DEFAULTS,
  };
}

function issues(
  { workspace, issue, filters }: LinearGraph,
  args: ConnectionArguments,
  belongs: (row: IssueRow) => boolean,
) {
  const rows = workspace.issues.filter(belongs);
  return connection(rows, { args, show: issue, filter: { compile: filters.issue, name: 'IssueFilter' } });
}

/** Asked for by the SDK, as Linear sets them for a new team. */
const TEAM_DEFAULTS = {
  aiDiscussionSummariesEnabled: false,
  aiThreadSummariesEnabled: false,
  autoArchivePeriod: 6,
  cycleCalenderUrl: '',
  cycleCooldownTime: 0,
  cycleDuration: 1,
  cycleIssueAutoAssignCompleted: false,
  cycleIssueAutoAssignStarted: false,
  cycleLockToActive: false,
  cycleStartDay: 1,
  cyclesEnabled: false,
  defaultIssueEstimate: 1,
  groupIssueHistory: true,
  inheritIssueEstimation: false,
  inheritWorkflowStatuses: false,
  initiativesEnabled: false,
  inviteHash: '',
  issueEstimationAllowZero: false,
  issueEstimationExtended: false,
  issueEstimationType: 'notUsed',
  issueOrderingNoPriorityFirst: false,
  issueSortOrderDefaultToBottom: false,
  ledInitiativeCount: 0,
  private: false,
  requirePriorityToLeaveTriage: false,
  scimManaged: false,
  securitySettings: {},
  setIssueSortOrderOnStateChange: 'default',
  slackIssueComments: false,
  slackIssueStatuses: false,
  slackNewIssue: false,
  timezone: 'Etc/UTC',
  triageEnabled: false,
  upcomingCycleCount: 0,
  viewerCanJoin: true,
  viewerCanLeave: true,
  visibility: 'public',
};

const PROJECT_DEFAULTS = {
  color: '#bec2c8',
  completedIssueCountHistory: [],
  completedScopeHistory: [],
  description: '',
  frequencyResolution: 'weekly',
  inProgressScopeHistory: [],
  issueCountHistory: [],
  labelIds: [],
  priority: 0,
  priorityLabel: 'No priority',
  prioritySortOrder: 0,
  progress: 0,
  resourceCount: 0,
  scope: 0,
  scopeHistory: [],
  slackIssueComments: false,
  slackIssueStatuses: false,
  slackNewIssue: false,
  sortOrder: 0,
  state: 'started',
};

const USER_DEFAULTS = {
  active: true,
  admin: false,
  app: false,
  avatarBackgroundColor: '#5e6ad2',
  canAccessAnyPublicTeam: true,
  guest: false,
  inviteHash: '',
  isAssignable: true,
  isMentionable: true,
  owner: false,
  supportsAgentSessions: false,
};
