import { z } from 'zod';
import { SymphonyError } from '../../../domain/error.js';
import type { JsonObject } from '../../../domain/json.js';
import type { LinearClient } from '../client.js';
import { identifierOf, idFilter } from '../scope.js';
import type { Target } from './scoped-mutations.js';

/** One call of an agent touches an issue or two; this keeps it from walking the whole workspace. */
export const MOST_TARGETS = 50;

const Place = z.object({
  id: z.string(),
  identifier: z.string(),
  project: z.object({ slugId: z.string() }).nullable(),
});
/** An issue and the project it belongs to. */
export type FoundIssue = Readonly<z.infer<typeof Place>>;

const OnIssue = z.object({ id: z.string(), issue: Place.nullable() });
const Relation = z.object({ id: z.string(), issue: Place, relatedIssue: Place });
const Answer = z
  .object({
    issues: z.object({ nodes: z.array(Place) }).optional(),
    comments: z.object({ nodes: z.array(OnIssue) }).optional(),
    attachments: z.object({ nodes: z.array(OnIssue) }).optional(),
  })
  .catchall(Relation);
type Answer = z.infer<typeof Answer>;

/** Something that Linear knows, under the keys by which targets may name it, with all issues that it is on. */
interface Found {
  readonly keys: readonly string[];
  readonly issues: readonly FoundIssue[];
}

/** What a target is known by; Linear does not mind the case of letters in ids. */
export function keyOf({ kind, id }: Target): string {
  return `${kind} ${id.toLowerCase()}`;
}

/**
 * Asks in one request where targets belong; what is not visible is left out, a relation that is not fails the call.
 *
 * @throws SymphonyError what the client throws; `tracker_response` for an answer of another form
 */
export async function lookUp(
  client: LinearClient,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const parts = partsFor(targets);
  const declared = parts.map(({ variable, type }) => `$${variable}: ${type}`).join(', ');
  const fields = parts.map(({ field }) => field).join(' ');
  const document = `query SymphonyTargets(${declared}) { ${fields} } ${PLACE}`;
  const variables = Object.fromEntries(parts.map(({ variable, value }) => [variable, value]));
  const answer = Answer.safeParse(await client.read(document, variables, signal));
  if (answer.success) return foundIn(answer.data);
  const message = `Linear's answer does not tell where the ${targets[0]?.kind ?? 'issue'} belongs`;
  throw new SymphonyError('tracker_response', message, { cause: answer.error });
}

/** A field of the request with the one variable it has. */
interface Part {
  readonly field: string;
  readonly variable: string;
  readonly type: string;
  readonly value: JsonObject | string;
}

const PLACE = 'fragment Place on Issue { id identifier project { slugId } }';
const PAGE = `first: ${MOST_TARGETS}, includeArchived: true`;
const ON_ISSUE = 'nodes { id issue { ...Place } }';

/**
 * Lists leave out what is not there, where a field of its own would spoil the whole answer; only relations have no list
 * with a filter.
 */
function partsFor(targets: readonly Target[]): readonly Part[] {
  const ids = (kind: Target['kind']): readonly string[] =>
    targets.filter((target) => target.kind === kind).map(({ id }) => id);
  return [
    ...listPart('issues', 'IssueFilter', 'nodes { ...Place }', issueFilter(ids('issue'))),
    ...listPart('comments', 'CommentFilter', ON_ISSUE, byIds(ids('comment'))),
    ...listPart('attachments', 'AttachmentFilter', ON_ISSUE, byIds(ids('attachment'))),
    ...ids('relation').map((value, index) => {
      const variable = `relation${index}`;
      const field = `${variable}: issueRelation(id: $${variable}) { id issue { ...Place } relatedIssue { ...Place } }`;
      return { field, variable, type: 'String!', value };
    }),
  ];
}

function listPart(name: string, filter: string, selection: string, value: JsonObject | null): Part[] {
  if (value === null) return [];
  const field = `${name}(filter: $${name}, ${PAGE}) { ${selection} }`;
  return [{ field, variable: name, type: `${filter}!`, value }];
}

function byIds(ids: readonly string[]): JsonObject | null {
  return ids.length === 0 ? null : { id: { in: ids } };
}

function issueFilter(names: readonly string[]): JsonObject | null {
  if (names.length === 0) return null;
  const identifiers = names.flatMap((name) => identifierOf(name) ?? []);
  const ids = names.filter((name) => identifierOf(name) === null);
  return idFilter(ids, identifiers);
}

function foundIn({ issues, comments, attachments, ...relations }: Answer): readonly Found[] {
  const onIssues = (kind: Target['kind'], nodes: readonly z.infer<typeof OnIssue>[] = []): Found[] =>
    nodes.map(({ id, issue }) => ({ keys: [keyOf({ kind, id })], issues: issue === null ? [] : [issue] }));
  return [
    ...(issues?.nodes ?? []).map((issue) => ({
      keys: [issue.id, issue.identifier].map((id) => keyOf({ kind: 'issue', id })),
      issues: [issue],
    })),
    ...onIssues('comment', comments?.nodes),
    ...onIssues('attachment', attachments?.nodes),
    ...Object.values(relations).map(({ id, issue, relatedIssue }) => ({
      keys: [keyOf({ kind: 'relation', id })],
      issues: [issue, relatedIssue],
    })),
  ];
}
