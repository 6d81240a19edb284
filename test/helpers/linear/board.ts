import type { Corruption, LinearCorruptions } from './workspace/corruptions.js';
import {
  addIssue,
  archiveIssue,
  enterProject,
  enterState,
  enterTeam,
  relate,
} from './workspace/issue-changes.js';
import {
  type IssueRow,
  identifierOf,
  type ProjectRow,
  type StateRow,
  type TeamRow,
} from './workspace/records.js';
import { commentView, issueView, type LinearCommentView, type LinearIssueView } from './workspace/view.js';
import {
  added,
  type LinearWorkspace,
  remove,
  STANDARD_STATES,
  type StateSpec,
} from './workspace/workspace.js';

/** An issue as somebody puts it on the board; what is left out is Linear's default, except where said. */
export interface LinearIssueSpec {
  /** Left out: the next number of the team ENG. A team that is not there yet is added with the usual states. */
  readonly identifier?: string;
  /** Left out: the identifier. */
  readonly title?: string;
  readonly description?: string | null;
  /** The name of a state of the team, in any case. Left out: Todo. */
  readonly state?: string;
  readonly priority?: number;
  readonly labels?: readonly string[];
  /** Identifiers or ids. */
  readonly blockedBy?: readonly string[];
  /** An identifier or an id. */
  readonly parent?: string | null;
  readonly assigneeId?: string | null;
  /** Left out: the project Payments. */
  readonly projectSlugId?: string | null;
  /** ISO 8601. Left out: now. */
  readonly createdAt?: string;
}

/**
 * The hand of people in Linear: a workspace with the team ENG, the project Payments and the user whom the key belongs
 * to. What does not exist is an error of the test and throws.
 */
export class LinearBoard {
  readonly viewerId: string;
  readonly projectSlugId: string;
  /** As in the project's address: `payments-c0ffee000010`. */
  readonly projectSlug: string;
  readonly #workspace: LinearWorkspace;
  readonly #corruptions: LinearCorruptions;

  constructor(workspace: LinearWorkspace, corruptions: LinearCorruptions) {
    this.#workspace = workspace;
    this.#corruptions = corruptions;
    this.viewerId = workspace.viewer.id;
    const team = workspace.addTeam('ENG', STANDARD_STATES.keys());
    const project = workspace.addProject('Payments', [team]);
    this.projectSlugId = project.slugId;
    this.projectSlug = slugOf(project);
  }

  addUser(name: string): { readonly id: string } {
    return { id: this.#workspace.addUser(name).id };
  }

  /** Adds a team, by default with the states that Linear gives a new one. It takes part in no project yet. */
  addTeam(key: string, states: Iterable<StateSpec> = STANDARD_STATES.keys()): { readonly id: string } {
    return { id: this.#workspace.addTeam(key, states).id };
  }

  /** Adds a state at the end of a team's states. */
  addState(teamKey: string, spec: StateSpec): { readonly id: string } {
    return { id: this.#workspace.addState(this.#team(teamKey), spec).id };
  }

  /** The id of a team's state. */
  stateId(teamKey: string, name: string): string {
    return this.#state(this.#team(teamKey), name).id;
  }

  teamId(teamKey: string): string {
    return this.#team(teamKey).id;
  }

  /** The id of a label, added when it is not there yet. */
  labelId(name: string): string {
    return this.#workspace.label(name).id;
  }

  addProject(name: string): { readonly id: string; readonly slugId: string; readonly slug: string } {
    const project = this.#workspace.addProject(name, []);
    return { id: project.id, slugId: project.slugId, slug: slugOf(project) };
  }

  projectId(slugId: string = this.projectSlugId): string {
    return this.#project(slugId).id;
  }

  /** Lets a team take part in a project. One whose issue is put into the project does so anyway. */
  joinProject(teamKey: string, slugId: string = this.projectSlugId): void {
    this.#project(slugId).teams.add(this.#team(teamKey));
  }

  /** Adds an issue, or gives the one of this identifier these and otherwise default values; it keeps id and comments. */
  put(spec: LinearIssueSpec = {}): { readonly id: string; readonly identifier: string } {
    const workspace = this.#workspace;
    const known = spec.identifier === undefined ? undefined : workspace.findIssue(spec.identifier);
    const issue = known ?? this.#newIssue(spec);
    const { labels = [], blockedBy = [], assigneeId = null, projectSlugId = this.projectSlugId } = spec;
    issue.title = spec.title ?? identifierOf(issue);
    issue.description = spec.description ?? null;
    issue.priority = spec.priority ?? 0;
    issue.labels = labels.map((name) => workspace.label(name));
    issue.parent = spec.parent === undefined || spec.parent === null ? null : this.#issue(spec.parent);
    issue.assignee = assigneeId === null ? null : this.#user(assigneeId);
    issue.archivedAtMs = null;
    issue.trashed = false;
    remove(workspace.relations, (row) => row.type === 'blocks' && row.relatedIssue === issue);
    for (const blocker of blockedBy) {
      relate(workspace, { type: 'blocks', issue: this.#issue(blocker), relatedIssue: issue });
    }
    enterProject(workspace, issue, projectSlugId === null ? null : this.#project(projectSlugId));
    enterState(workspace, issue, this.#state(issue.team, spec.state ?? 'Todo'));
    return { id: issue.id, identifier: identifierOf(issue) };
  }

  setState(idOrIdentifier: string, stateName: string): void {
    const issue = this.#issue(idOrIdentifier);
    enterState(this.#workspace, issue, this.#state(issue.team, stateName));
  }

  archive(idOrIdentifier: string): void {
    archiveIssue(this.#workspace, this.#issue(idOrIdentifier), false);
  }

  /** What the delete key does: archived and hidden, and still there for those who ask for archived issues. */
  trash(idOrIdentifier: string): void {
    archiveIssue(this.#workspace, this.#issue(idOrIdentifier), true);
  }

  /** Deletes for good. */
  delete(idOrIdentifier: string): void {
    this.#workspace.removeIssue(this.#issue(idOrIdentifier));
  }

  moveToProject(idOrIdentifier: string, slugId: string | null): void {
    enterProject(
      this.#workspace,
      this.#issue(idOrIdentifier),
      slugId === null ? null : this.#project(slugId),
    );
  }

  /** Moves an issue to another team, where it gets another identifier. */
  moveToTeam(idOrIdentifier: string, teamKey: string): { readonly id: string; readonly identifier: string } {
    const issue = this.#issue(idOrIdentifier);
    enterTeam(this.#workspace, issue, this.#team(teamKey));
    return { id: issue.id, identifier: identifierOf(issue) };
  }

  /** Writes a comment, by default as the user whom the key belongs to. */
  comment(idOrIdentifier: string, body: string, userId: string = this.viewerId): { readonly id: string } {
    const issue = this.#issue(idOrIdentifier);
    const user = this.#user(userId);
    const row = { ...this.#workspace.newRow(), issue, user, parent: null, body, editedAtMs: null };
    return { id: added(this.#workspace.comments, row).id };
  }

  issue(idOrIdentifier: string): LinearIssueView {
    return issueView(this.#workspace, this.#issue(idOrIdentifier));
  }

  /** Oldest first. */
  comments(idOrIdentifier: string): readonly LinearCommentView[] {
    const issue = this.#issue(idOrIdentifier);
    return this.#workspace.comments.filter((comment) => comment.issue === issue).map(commentView);
  }

  /**
   * Makes every answer that shows this issue malformed: `{ title: '' }`, `{ state: null }`. Only fields that a query
   * asks for are replaced, after its execution, so that the schema's own rules do not turn this into an error.
   */
  corrupt(idOrIdentifier: string, patch: Corruption): void {
    this.#corruptions.add(this.#issue(idOrIdentifier).id, patch);
  }

  /** Ends what `corrupt` began. */
  heal(idOrIdentifier: string): void {
    this.#corruptions.heal(this.#issue(idOrIdentifier).id);
  }

  #newIssue({ identifier, state, createdAt }: LinearIssueSpec): IssueRow {
    const workspace = this.#workspace;
    const [, key = 'ENG', digits] = /^([A-Z][A-Z0-9]*)-(\d+)$/.exec(identifier ?? '') ?? [];
    if (identifier !== undefined && digits === undefined) throw new Error(`${identifier} is no identifier`);
    const team =
      workspace.teams.find((known) => known.key === key) ?? workspace.addTeam(key, STANDARD_STATES.keys());
    const number = digits === undefined ? team.nextNumber : Number(digits);
    const createdAtMs = createdAt === undefined ? undefined : Date.parse(createdAt);
    return addIssue(workspace, { number, state: this.#state(team, state ?? 'Todo'), createdAtMs });
  }

  #issue(idOrIdentifier: string): IssueRow {
    return found(this.#workspace.findIssue(idOrIdentifier), `the issue ${idOrIdentifier}`);
  }

  #user(id: string) {
    return found(
      this.#workspace.users.find((user) => user.id === id),
      `a user with the id ${id}`,
    );
  }

  #team(key: string): TeamRow {
    return found(
      this.#workspace.teams.find((team) => team.key === key),
      `the team ${key}`,
    );
  }

  #project(slugId: string): ProjectRow {
    return found(
      this.#workspace.projects.find((project) => project.slugId === slugId),
      `a project with the slugId ${slugId}`,
    );
  }

  #state(team: TeamRow, name: string): StateRow {
    const states = this.#workspace.statesOf(team);
    const state =
      states.find((candidate) => candidate.name === name) ??
      states.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    return found(state, `the state ${name} in the team ${team.key}`);
  }
}

function slugOf({ name, slugId }: ProjectRow): string {
  return `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${slugId}`;
}

function found<Row>(row: Row | undefined, what: string): Row {
  if (row === undefined) throw new Error(`The fake Linear does not have ${what}`);
  return row;
}
