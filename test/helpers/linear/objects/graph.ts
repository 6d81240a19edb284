import type { LinearFilters } from '../api/filters.js';
import type {
  AttachmentRow,
  CommentRow,
  IssueRow,
  LabelRow,
  LinearRow,
  ProjectRow,
  RelationRow,
  StateRow,
  TeamRow,
  UserRow,
} from '../workspace/records.js';
import { instant, optionalInstant } from '../workspace/view.js';
import type { LinearWorkspace } from '../workspace/workspace.js';

/**
 * How each row looks to graphql's default resolver: plain values, and functions for what a query may not ask for.
 *
 * What the schema has and an object here has not is never made up: a nullable field is null, a non-null one makes the
 * fake fail. Fields that Linear fills and no test cares about are there only because the SDK's documents ask for them.
 */
export interface LinearGraph {
  readonly workspace: LinearWorkspace;
  readonly filters: LinearFilters;
  issue(row: IssueRow): object;
  relation(row: RelationRow): object;
  comment(row: CommentRow): object;
  attachment(row: AttachmentRow): object;
  label(row: LabelRow): object;
  state(row: StateRow): object;
  team(row: TeamRow): object;
  project(row: ProjectRow): object;
  user(row: UserRow): object;
}

export const WORKSPACE_URL = 'https://linear.app/acme';

/** What every entity of Linear has. */
export function entity(row: LinearRow) {
  return {
    id: row.id,
    createdAt: instant(row.createdAtMs),
    updatedAt: instant(row.updatedAtMs),
    archivedAt: optionalInstant(row.archivedAtMs),
  };
}
