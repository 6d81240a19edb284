import { z } from 'zod';
import { type BlockerRef, Issue, normalizedLabels, normalizedState } from '../../domain/issue.js';
import type { JsonObject } from '../../domain/json.js';
import { parseInstant } from '../instant.js';
import { blockedBecause, verdict } from '../verdict.js';
import { plainName } from './names.js';

/** What decides whether an issue may be worked on, besides its state. */
export interface Routing {
  /** The only user whose issues are worked on; null for everybody's. */
  readonly assigneeId: string | null;
  /** The project's `slugId` in every spelling that the configuration allows. */
  readonly projectSlugs: readonly string[];
  readonly terminalStates: readonly string[];
}

/** An issue, or why there is none. */
export type RecordReading =
  | { readonly kind: 'issue'; readonly issue: Issue }
  | { readonly kind: 'malformed'; readonly id: string | null; readonly reason: string };

/** Page information of a nested connection; there may be more entries than came. */
export const NestedPage = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

export type NestedPage = z.infer<typeof NestedPage>;

const filled = z.string().refine((text) => text.trim() !== '', 'is blank');
const name = filled.transform(plainName);
const State = z.object({ id: z.string().nullable().catch(null), name, type: z.string().catch('') });
const Label = z.object({ name });
const text = z.string().nullable().catch(null);
/** A blocker that the key may not see has no state, or is not there at all. */
const Blocker = z.object({
  id: text,
  identifier: text,
  state: z
    .object({ name, type: z.string().catch('') })
    .nullable()
    .catch(null),
});
type Blocker = z.infer<typeof Blocker>;
const UNSEEN: Blocker = { id: null, identifier: null, state: null };
const Relation = z.object({ type: z.string(), issue: Blocker.catch(UNSEEN) });

/** A list whose unusable entries are left out (SPEC 11.3). */
const listOf = <T extends z.ZodType>(entry: T) =>
  z.array(z.unknown()).transform((entries) =>
    entries.flatMap((value): z.output<T>[] => {
      const parsed = entry.safeParse(value);
      return parsed.success ? [parsed.data] : [];
    }),
  );

/** Labels as a connection gives them. */
export const Labels = listOf(Label);
/** Relations as a connection gives them, of all types. */
export const Relations = listOf(Relation);

const NO_MORE: NestedPage = { hasNextPage: false, endCursor: null };

/** One issue as the documents ask for it; required fields fail, all others fall back. */
export const LinearIssue = z.object({
  id: filled,
  identifier: filled,
  title: filled,
  state: State,
  description: text,
  priority: z.number().nullable().catch(null),
  branchName: text,
  url: text,
  createdAt: text,
  updatedAt: text,
  archivedAt: text,
  trashed: z.boolean().nullable().catch(null),
  team: z.object({ id: z.string(), key: z.string() }).nullable().catch(null),
  project: z.object({ id: z.string(), slugId: z.string() }).nullable().catch(null),
  assignee: z.object({ id: z.string() }).nullable().catch(null),
  labels: z.object({ nodes: Labels, pageInfo: NestedPage }).catch({ nodes: [], pageInfo: NO_MORE }),
  // Whether an issue may be worked on must not be guessed (SPEC 11.3), so these are required.
  inverseRelations: z.object({ nodes: Relations, pageInfo: NestedPage }),
});
export type LinearIssue = z.infer<typeof LinearIssue>;

/** Why a record cannot be an issue. */
export function malformed(record: unknown, error: z.ZodError): Extract<RecordReading, { kind: 'malformed' }> {
  const id = z.object({ id: z.string() }).safeParse(record);
  const [first] = error.issues;
  const where = first === undefined || first.path.length === 0 ? 'the record' : first.path.join('.');
  return {
    kind: 'malformed',
    id: id.success ? id.data.id : null,
    reason: `${where} ${first?.message ?? 'cannot be read'}`,
  };
}

/** Linear's record as SPEC's issue (11.3); a trashed one is no issue any more. */
export function normalizedIssue(record: LinearIssue, routing: Routing): Issue {
  const blockers = record.inverseRelations.nodes
    .filter(({ type }) => type === 'blocks')
    .map(({ issue }) => issue);
  return Issue.parse({
    id: record.id,
    nativeRef: nativeRef(record),
    identifier: record.identifier,
    title: record.title,
    description: record.description,
    priority: priority(record.priority),
    state: record.state.name,
    branchName: record.branchName,
    url: record.url !== null && /^https?:\/\//i.test(record.url) ? record.url : null,
    assigneeId: record.assignee?.id ?? null,
    labels: normalizedLabels(record.labels.nodes.map((label) => label.name)),
    blockedBy: blockers.map(blockerRef),
    ...verdict(notDispatchableBecause(record, blockers, routing)),
    createdAt: record.createdAt === null ? null : parseInstant(record.createdAt),
    updatedAt: record.updatedAt === null ? null : parseInstant(record.updatedAt),
  });
}

function nativeRef({ state, team, project }: LinearIssue): JsonObject {
  return {
    state_id: state.id,
    state_type: state.type,
    team_id: team?.id ?? null,
    team_key: team?.key ?? null,
    project_id: project?.id ?? null,
    project_slug_id: project?.slugId ?? null,
  };
}

/** Linear writes "no priority" as 0, which must not come before urgent. */
function priority(given: number | null): number | null {
  return given === null || !Number.isSafeInteger(given) || given === 0 ? null : given;
}

function blockerRef({ id, identifier, state }: Blocker): BlockerRef {
  return { id, identifier, state: state?.name ?? null };
}

/** What stands against working on an issue, the most final first; null when nothing does. */
function notDispatchableBecause(
  record: LinearIssue,
  blockers: readonly Blocker[],
  routing: Routing,
): string | null {
  const { archivedAt, project, assignee } = record;
  const { assigneeId } = routing;
  if (archivedAt !== null) return 'archived';
  if (!isInProject(record, routing)) return project === null ? 'in no project' : 'in another project';
  if (assigneeId !== null && assignee?.id !== assigneeId)
    return assignee === null ? 'assigned to nobody' : 'assigned to someone else';
  if (isStarted(record)) return null;
  return blockedBecause(blockers.filter((blocker) => isOpen(blocker, routing)).map(blockerRef));
}

/** Whether an issue belongs to the configured project. */
export function isInProject(
  { project }: Pick<LinearIssue, 'project'>,
  { projectSlugs }: Pick<Routing, 'projectSlugs'>,
): boolean {
  return project !== null && projectSlugs.includes(project.slugId);
}

/** States of issues that nobody works on yet: what blocks them holds them back. */
const NOT_STARTED: ReadonlySet<string> = new Set(['triage', 'backlog', 'unstarted']);

function isStarted({ state }: LinearIssue): boolean {
  return normalizedState(state.name) !== 'todo' && !NOT_STARTED.has(state.type);
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'canceled', 'duplicate']);

/** A blocker counts until it has ended; one that cannot be seen counts. */
function isOpen({ state }: Blocker, { terminalStates }: Routing): boolean {
  if (state === null) return true;
  const wanted = normalizedState(state.name);
  return !ENDED.has(state.type) && !terminalStates.some((terminal) => normalizedState(terminal) === wanted);
}
