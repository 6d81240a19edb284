import { z } from 'zod';
import { SymphonyError } from '../../../domain/error.js';
import type { LinearClient } from '../client.js';
import type { Target } from './scoped-mutations.js';

const Place = z.object({ id: z.string(), project: z.object({ slugId: z.string() }).nullable() });
/** An issue and the project it belongs to. */
export type FoundIssue = Readonly<z.infer<typeof Place>>;

/** How one kind of target is asked for, and the issues that it is on. */
interface Question {
  readonly field: string;
  readonly selection: string;
  readonly issues: z.ZodType<readonly FoundIssue[]>;
}

const ON_ISSUE = 'issue { ...Place }';

const QUESTIONS: Readonly<Record<Target['kind'], Question>> = {
  issue: { field: 'issue', selection: '...Place', issues: Place.transform((issue) => [issue]) },
  comment: {
    field: 'comment',
    selection: ON_ISSUE,
    issues: z.object({ issue: Place }).transform(({ issue }) => [issue]),
  },
  attachment: {
    field: 'attachment',
    selection: ON_ISSUE,
    issues: z.object({ issue: Place }).transform(({ issue }) => [issue]),
  },
  relation: {
    field: 'issueRelation',
    selection: `${ON_ISSUE} relatedIssue { ...Place }`,
    issues: z
      .object({ issue: Place, relatedIssue: Place })
      .transform(({ issue, relatedIssue }) => [issue, relatedIssue]),
  },
};

/**
 * Asks in one request which issues the targets are on, in their order. By `issue(id:)` and its like, because mutations
 * read ids and identifiers in the same way; that one target that is not there spoils the whole answer is as well here.
 *
 * @throws SymphonyError what the client throws; `tracker_response` too when a target is not there, or is not on an issue
 */
export async function issuesOf(
  client: LinearClient,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<readonly (readonly FoundIssue[])[]> {
  const declared = targets.map((_, index) => `$target${index}: String!`).join(', ');
  const fields = targets.map(({ kind }, index) => {
    const { field, selection } = QUESTIONS[kind];
    return `target${index}: ${field}(id: $target${index}) { ${selection} }`;
  });
  const document = `query SymphonyTargets(${declared}) { ${fields.join(' ')} } ${PLACE}`;
  const variables = Object.fromEntries(targets.map(({ id }, index) => [`target${index}`, id]));
  const answer = await client.read(document, variables, signal);
  return targets.map(({ kind, id }, index) => {
    const issues = QUESTIONS[kind].issues.safeParse(answer[`target${index}`]);
    if (issues.success) return issues.data;
    const message = `Linear's answer does not tell which issue ${kind} ${id} is on`;
    throw new SymphonyError('tracker_response', message, { cause: issues.error });
  });
}

const PLACE = 'fragment Place on Issue { id project { slugId } }';
