/**
 * What Symphony asks Linear, written by hand and priced: the root connections cost nothing by their page size, the
 * blockers are nearly the whole price (some 250 points a root of the 10,000 that one request may cost).
 */

/** The largest page that Linear gives. */
export const PAGE = 250;
/** Labels and blockers that come with an issue; more are asked for one issue at a time. */
const NESTED = 50;
/** Blockers that are asked for at a time; unlike labels they are paid for by the page. */
const MORE_AT_A_TIME = 100;

const LABELS = 'nodes { name } pageInfo { hasNextPage endCursor }';
const BLOCKERS =
  'nodes { type issue { id identifier state { name type } } } pageInfo { hasNextPage endCursor }';

const ISSUE = `
  id identifier title description priority branchName url createdAt updatedAt archivedAt trashed
  state { id name type }
  team { id key }
  project { id slugId }
  assignee { id }
  labels(first: ${NESTED}) { ${LABELS} }
  inverseRelations(first: ${NESTED}) { ${BLOCKERS} }
`;

const PAGE_OF_ISSUES = 'nodes { ...Facts } pageInfo { hasNextPage endCursor }';
// By creation: rows that change while the pages are walked keep their place.
const CANDIDATES = `candidates: issues(filter: $candidates, first: ${PAGE}, after: $after, orderBy: createdAt) { ${PAGE_OF_ISSUES} }`;
// An archived issue is still an answer; without it a run on it would look gone.
const CLAIMED = `claimed: issues(filter: $claimed, first: ${PAGE}, includeArchived: true) { ${PAGE_OF_ISSUES} }`;
const FACTS = `fragment Facts on Issue {${ISSUE}}`;

/** Candidates and claimed issues in one request. */
export const POLL = `query SymphonyPoll($candidates: IssueFilter!, $after: String, $claimed: IssueFilter!) { ${CANDIDATES} ${CLAIMED} } ${FACTS}`;

/** One page of candidates. */
export const BY_STATES = `query SymphonyIssuesByStates($candidates: IssueFilter!, $after: String) { ${CANDIDATES} } ${FACTS}`;

/** Up to a page of issues by their ids. */
export const BY_IDS = `query SymphonyIssuesByIds($claimed: IssueFilter!) { ${CLAIMED} } ${FACTS}`;

/** The labels of one issue that its page had no room for. */
export const MORE_LABELS = `query SymphonyLabels($id: String!, $after: String) { issue(id: $id) { more: labels(first: ${PAGE}, after: $after) { ${LABELS} } } }`;

/** The blockers of one issue that its page had no room for. */
export const MORE_BLOCKERS = `query SymphonyBlockers($id: String!, $after: String) { issue(id: $id) { more: inverseRelations(first: ${MORE_AT_A_TIME}, after: $after) { ${BLOCKERS} } } }`;

/** How many teams of the project are looked up, and states of each; the price is their product. */
export const TEAMS = 12;
export const STATES = 30;

/** The project with the states of its teams, and who we are. */
export const ORIENTATION = `query SymphonyOrientation($project: ProjectFilter!) {
  viewer { id }
  projects(filter: $project, first: 1) {
    nodes { name slugId teams(first: ${TEAMS}) { nodes { states(first: ${STATES}) { nodes { name } } } } }
  }
}`;

/** A user by e-mail address or name. */
export const FIND_USER =
  'query SymphonyUser($user: UserFilter!) { users(filter: $user, first: 2) { nodes { id name } } }';

/** Labels by name, each of which several teams may have, and some of the others, of which one may have been meant. */
export const FIND_LABELS = `query SymphonyLabelNames($labels: IssueLabelFilter!) {
  wanted: issueLabels(filter: $labels, first: ${MORE_AT_A_TIME}) { nodes { name } }
  others: issueLabels(first: ${MORE_AT_A_TIME}) { nodes { name } }
}`;

/** How many projects are listed at a time, and teams of each. */
export const PROJECTS_PAGE = 50;
export const LISTED_TEAMS = 4;

/** One page of projects to choose from, those that were changed last first. */
export const PROJECTS = `query SymphonyProjects($after: String) {
  projects(first: ${PROJECTS_PAGE}, after: $after, orderBy: updatedAt) {
    nodes { name slugId url status { type } teams(first: ${LISTED_TEAMS}) { nodes { key } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** One project with the states of its teams and what they mean. */
export const PROJECT_STATES = `query SymphonyProjectStates($project: ProjectFilter!) {
  projects(filter: $project, first: 1) {
    nodes { name slugId url teams(first: ${TEAMS}) { nodes { key states(first: ${STATES}) { nodes { name type position } } } } }
  }
}`;
