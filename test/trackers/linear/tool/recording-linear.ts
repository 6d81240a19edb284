import { graphql, parse, validate } from 'graphql';
import { expect } from 'vitest';
import { SymphonyError } from '../../../../src/domain/error.js';
import type { Issue } from '../../../../src/domain/issue.js';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.js';
import type { RequestBudget } from '../../../../src/domain/request-budget.js';
import type { ToolResult, TrackerTools } from '../../../../src/ports/tracker.js';
import type { GraphqlAnswer, LinearClient } from '../../../../src/trackers/linear/client.js';
import type { ToolAccess } from '../../../../src/trackers/linear/tool/access.js';
import { linearTools } from '../../../../src/trackers/linear/tool/linear-tools.js';
import { anIssue } from '../../../helpers/build.js';
import { linearSchema } from '../../../helpers/linear/schema.js';
import { VirtualClock } from '../../../helpers/virtual-clock.js';

/** A UUID that tells in a failing test what it stands for. */
export function uuid(kind: 'issue' | 'comment' | 'attachment' | 'relation', number: number): string {
  const first = { issue: '1', comment: 'c', attachment: 'a', relation: 'e' }[kind];
  return `${first.repeat(8)}-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

const PROJECT = '0123456789ab';

/** The session's own issue, ENG-1. */
export const OWN = anIssue({ identifier: 'ENG-1', id: uuid('issue', 1) });

interface Place {
  readonly id: string;
  readonly identifier: string;
  readonly project: { readonly slugId: string } | null;
}

function place(number: number, slugId: string | null): Place {
  return {
    id: uuid('issue', number),
    identifier: `ENG-${number}`,
    project: slugId === null ? null : { slugId },
  };
}

/** ENG-1 to ENG-3 are the project's, ENG-8 is in another one, ENG-9 in none; each has a comment and an attachment of its number. */
const PLACES = [
  ...[1, 2, 3].map((number) => place(number, PROJECT)),
  place(8, 'ba9876543210'),
  place(9, null),
];

/** Relations by their number: from an issue to an issue. */
const RELATIONS = new Map([
  [uuid('relation', 23), [2, 3] as const],
  [uuid('relation', 28), [2, 8] as const],
]);

function placeOf(id: string): Place {
  const found = PLACES.find((one) => one.id === id.toLowerCase() || one.identifier === id.toUpperCase());
  if (found === undefined) throw new Error('Entity not found: Issue');
  return found;
}

function onIssue(kind: 'comment' | 'attachment') {
  return ({ id }: { id: string }) => {
    const issue = PLACES.find((one) => uuid(kind, Number(one.identifier.slice('ENG-'.length))) === id);
    if (issue === undefined) throw new Error(`Entity not found: ${kind}`);
    return { id, issue };
  };
}

const WORKSPACE = {
  issue: ({ id }: { id: string }) => placeOf(id),
  comment: onIssue('comment'),
  attachment: onIssue('attachment'),
  issueRelation({ id }: { id: string }) {
    const ends = RELATIONS.get(id);
    if (ends === undefined) throw new Error('Entity not found: IssueRelation');
    const [issue, relatedIssue] = ends.map((number) =>
      PLACES.find((one) => one.id === uuid('issue', number)),
    );
    return { id, issue, relatedIssue };
  },
};

interface Sent {
  readonly document: string;
  readonly variables: JsonObject;
}

/** Linear as the tool sees it: keeps what it is asked, answers look-ups from a small workspace, refuses invalid documents. */
class RecordingLinear implements LinearClient {
  budget: RequestBudget | null = null;
  readonly lookUps: Sent[] = [];
  readonly sent: Sent[] = [];
  /** What the next calls of agents come to. */
  answer: () => GraphqlAnswer | Promise<GraphqlAnswer> = () => ({ data: { ok: true }, errors: [] });

  async read(document: string, variables: JsonObject): Promise<JsonObject> {
    this.lookUps.push({ document, variables });
    const schema = linearSchema();
    const { data, errors } = await graphql({
      schema,
      source: document,
      rootValue: WORKSPACE,
      variableValues: { ...variables },
    });
    if (errors !== undefined) throw new SymphonyError('tracker_response', errors.join('; '));
    return JSON.parse(JSON.stringify(data));
  }

  async send(document: string, variables: JsonObject, signal: AbortSignal): Promise<GraphqlAnswer> {
    this.sent.push({ document, variables });
    expectValid(document);
    signal.throwIfAborted();
    return await this.answer();
  }
}

/** Fails for a document that Linear would not even execute. */
export function expectValid(document: string): void {
  const problems = validate(linearSchema(), parse(document));
  if (problems.length > 0) throw new Error(`${problems.join('; ')} in ${document}`);
}

/** A tool over a recording Linear, called the way an agent session calls it. */
export class ToolUnderTest {
  readonly linear = new RecordingLinear();
  readonly clock = new VirtualClock();
  readonly problems: string[] = [];
  readonly tools: TrackerTools;

  constructor(access: ToolAccess = 'full', callsPerHour = 1000) {
    this.tools = linearTools({
      client: this.linear,
      access,
      projectSlugs: [`payments-${PROJECT}`, PROJECT],
      callsPerHour,
      clock: this.clock,
      reportProblem: ({ code, message }) => this.problems.push(`${code}: ${message}`),
      secretEnvironmentNames: ['LINEAR_API_KEY'],
    });
  }

  async call(
    args: JsonValue,
    {
      issue = OWN,
      session = 'session-1',
      signal = new AbortController().signal,
    }: { issue?: Issue; session?: string; signal?: AbortSignal } = {},
  ): Promise<ToolResult> {
    return await this.tools.execute('linear_graphql', args, { issue, session }, signal);
  }

  /** How many requests Linear has seen. */
  get requests(): number {
    return this.linear.lookUps.length + this.linear.sent.length;
  }
}

/** A failure with this code, and a message that says all of this in this order; for `toMatchObject`. */
export function failure(code: string, ...says: string[]): object {
  const message = new RegExp(says.map((text) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('.*'), 's');
  return { success: false, output: { error: { code, message: expect.stringMatching(message) } } };
}
