import type {
  AttachmentRow,
  CommentRow,
  IssueRow,
  LabelRow,
  LinearRow,
  ProjectRow,
  RelationRow,
  StateRow,
  StateType,
  TeamRow,
  UserRow,
} from './records.js';
import { identifierOf } from './records.js';

/** A state as it is added to a team: a name that Linear knows from its start, or any name with its type. */
export type StateSpec = string | { readonly name: string; readonly type: StateType };

/** The states of a new team, in the order of their positions. */
export const STANDARD_STATES: ReadonlyMap<string, StateType> = new Map([
  ['Backlog', 'backlog'],
  ['Todo', 'unstarted'],
  ['In Progress', 'started'],
  ['In Review', 'started'],
  ['Done', 'completed'],
  ['Canceled', 'canceled'],
  ['Duplicate', 'duplicate'],
]);

/** The rows of one Linear workspace and how new ones begin; what changes them is elsewhere. */
export class LinearWorkspace {
  readonly users: UserRow[] = [];
  readonly teams: TeamRow[] = [];
  readonly states: StateRow[] = [];
  readonly projects: ProjectRow[] = [];
  readonly labels: LabelRow[] = [];
  readonly issues: IssueRow[] = [];
  readonly relations: RelationRow[] = [];
  readonly comments: CommentRow[] = [];
  readonly attachments: AttachmentRow[] = [];
  readonly viewer: UserRow;
  readonly #now: () => number;
  #order = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.viewer = this.addUser('Symphony');
  }

  nowMs(): number {
    return this.#now();
  }

  /** How many changes there have been; Linear calls it the id of the last synchronisation. */
  get changes(): number {
    return this.#order;
  }

  /** What a new row begins with. Ids are version 4 UUIDs that count up, so that a failing test repeats itself. */
  newRow(
    given: { readonly id?: string | undefined; readonly createdAtMs?: number | undefined } = {},
  ): LinearRow {
    this.#order += 1;
    const order = this.#order;
    const nowMs = this.nowMs();
    return {
      id: given.id ?? `5e000000-0000-4000-8000-${order.toString(16).padStart(12, '0')}`,
      order,
      createdAtMs: given.createdAtMs ?? nowMs,
      updatedAtMs: given.createdAtMs ?? nowMs,
      updatedOrder: order,
      archivedAtMs: null,
    };
  }

  /** Notes that a row changed now. */
  touch(row: LinearRow): void {
    this.#order += 1;
    row.updatedOrder = this.#order;
    row.updatedAtMs = this.nowMs();
  }

  addUser(name: string): UserRow {
    return added(this.users, { ...this.newRow(), name });
  }

  addTeam(key: string, states: Iterable<StateSpec>): TeamRow {
    if (this.teams.some((team) => team.key === key)) throw new Error(`There is a team ${key} already`);
    const team = added(this.teams, { ...this.newRow(), key, nextNumber: 1 });
    for (const state of states) this.addState(team, state);
    return team;
  }

  addState(team: TeamRow, spec: StateSpec): StateRow {
    const name = typeof spec === 'string' ? spec : spec.name;
    const type = typeof spec === 'string' ? STANDARD_STATES.get(spec) : spec.type;
    if (type === undefined) throw new Error(`Say of which type the state ${name} is`);
    const position = this.statesOf(team).length;
    return added(this.states, { ...this.newRow(), team, name, type, position });
  }

  addProject(name: string, teams: Iterable<TeamRow>): ProjectRow {
    const row = this.newRow();
    const slugId = (0xc0ffee000000 + row.order).toString(16);
    return added(this.projects, { ...row, name, slugId, teams: new Set(teams) });
  }

  /** The label of this name, exactly as it is spelled; a new one when there is none. */
  label(name: string): LabelRow {
    return this.labels.find((label) => label.name === name) ?? added(this.labels, { ...this.newRow(), name });
  }

  statesOf(team: TeamRow): StateRow[] {
    return this.states.filter((state) => state.team === team);
  }

  /** By UUID, by identifier, or by an identifier of before a move. */
  findIssue(idOrIdentifier: string): IssueRow | undefined {
    return (
      this.issues.find((issue) => issue.id === idOrIdentifier || identifierOf(issue) === idOrIdentifier) ??
      this.issues.find((issue) => issue.previousIdentifiers.includes(idOrIdentifier))
    );
  }

  /** Removes an issue and all that hangs on it, for good. */
  removeIssue(issue: IssueRow): void {
    remove(this.relations, (row) => row.issue === issue || row.relatedIssue === issue);
    remove(this.comments, (row) => row.issue === issue);
    remove(this.attachments, (row) => row.issue === issue);
    remove(this.issues, (row) => row === issue);
    for (const child of this.issues) if (child.parent === issue) child.parent = null;
  }
}

/** Adds a row and gives it back. */
export function added<Row>(rows: Row[], row: Row): Row {
  rows.push(row);
  return row;
}

/** Removes all rows that match, in place. */
export function remove<Row>(rows: Row[], matches: (row: Row) => boolean): void {
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row !== undefined && matches(row)) rows.splice(index, 1);
  }
}
