import { z } from 'zod';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { type Issue, type IssueId, normalizedState } from '../domain/issue.js';
import type { JsonObject, JsonValue } from '../domain/json.js';
import type { TrackerSettings } from '../domain/settings.js';
import type { Clock } from '../ports/clock.js';
import type { ReportProblem, ToolResult, ToolSpec, TrackerTools } from '../ports/tracker.js';
import { selectIds } from './board-reads.js';
import type { BoardView } from './board-view.js';
import { abortedCall, failed, refused, ToolRefusal, unsupportedTool } from './tool-refusal.js';

/** A comment of an agent; its text has `\n` line ends only. */
export interface BoardComment {
  readonly author: string;
  readonly at: string;
  readonly text: string;
}

/** A board that an agent may write to; failures are SymphonyErrors or refusals. */
export interface WritableBoard {
  view(signal: AbortSignal): Promise<BoardView>;
  setState(id: IssueId, state: string, signal: AbortSignal): Promise<Issue>;
  comment(id: IssueId, comment: BoardComment, signal: AbortSignal): Promise<Issue>;
}

/** What the agent's tool is made of. */
export interface BoardToolParts {
  readonly name: string;
  readonly board: WritableBoard;
  readonly tracker: Pick<TrackerSettings, 'activeStates' | 'terminalStates'>;
  readonly clock: Clock;
  readonly reportProblem: ReportProblem;
}

const AUTHOR = 'agent';
const MAX_COMMENT_BYTES = 64 * 1024;

const Call = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('get') }),
  z.strictObject({ action: z.literal('set_state'), state: z.string() }),
  z.strictObject({ action: z.literal('comment'), body: z.string() }),
]);
type Call = z.infer<typeof Call>;

/** The tool with which an agent reads and moves its own issue, and comments on it; no other issue is in its reach. */
export function boardTools(parts: BoardToolParts): TrackerTools {
  const spec = toolSpec(parts);
  return {
    specs: [spec],
    secretEnvironmentNames: [],
    async execute(name, args, { issue }, signal) {
      try {
        if (name !== spec.name) throw unsupportedTool(name, spec.name);
        const answer = await performCall(readCall(args), issue.id, parts, signal);
        return { success: true, output: { issue: issueOutput(answer) } };
      } catch (error) {
        return failure(error, parts.reportProblem, signal);
      }
    },
  };
}

function toolSpec({ name, tracker }: BoardToolParts): ToolSpec {
  const states = [...tracker.activeStates, ...tracker.terminalStates].join(', ');
  return {
    name,
    description: `Works on the issue of this session and no other: get reads it, set_state moves it (states: ${states}), comment adds a comment to it.`,
    inputSchema: {
      type: 'object',
      properties: {
        action: { type: 'string', enum: ['get', 'set_state', 'comment'] },
        state: { type: 'string', description: 'The state to move the issue to; only for set_state.' },
        body: { type: 'string', description: 'The text of the comment, Markdown; only for comment.' },
      },
      required: ['action'],
      additionalProperties: false,
    },
  };
}

function readCall(args: JsonValue): Call {
  const parsed = Call.safeParse(withoutNulls(args));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
  throw new ToolRefusal('invalid_arguments', `the arguments do not fit the tool's schema: ${problems}`);
}

/** Models send null for arguments they leave out. */
function withoutNulls(args: JsonValue): JsonValue {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

async function performCall(
  call: Call,
  id: IssueId,
  parts: BoardToolParts,
  signal: AbortSignal,
): Promise<Issue> {
  const view = await parts.board.view(signal);
  const [issue] = selectIds(view, [id]);
  if (issue === undefined) throw new ToolRefusal('issue_not_found', `issue ${id} is no longer on the board`);
  switch (call.action) {
    case 'get':
      return issue;
    case 'set_state':
      return await parts.board.setState(id, knownState(call.state, view, parts.tracker), signal);
    case 'comment':
      return await parts.board.comment(id, toComment(call.body, parts.clock), signal);
  }
}

/** The state in the workflow file's spelling, or in the board's when the file does not name it. */
function knownState(asked: string, view: BoardView, tracker: BoardToolParts['tracker']): string {
  const onBoard = [...view.issues.values()].map(({ state }) => state);
  const known = new Map<string, string>();
  for (const state of [...tracker.activeStates, ...tracker.terminalStates, ...onBoard]) {
    const key = normalizedState(state);
    if (!known.has(key)) known.set(key, state.trim());
  }
  const state = known.get(normalizedState(asked));
  if (state !== undefined && state !== '') return state;
  const knownStates = [...known.values()];
  const message = `there is no state ${JSON.stringify(asked.slice(0, 100))}; the states are ${knownStates.join(', ')}`;
  throw new ToolRefusal('unknown_state', message, { knownStates });
}

function toComment(body: string, clock: Clock): BoardComment {
  if (Buffer.byteLength(body) > MAX_COMMENT_BYTES) {
    const limit = `${MAX_COMMENT_BYTES / 1024} kB`;
    throw new ToolRefusal('comment_too_long', `a comment may have ${limit}; shorten it`);
  }
  const text = body
    .replace(/\r\n?|[\u0085\u2028\u2029\v\f]/g, '\n')
    .replace(CONTROL_CHARACTERS, '')
    .trim();
  if (text === '') throw new ToolRefusal('invalid_arguments', 'body is empty; write the comment into it');
  return { author: AUTHOR, at: new Date(clock.wallMs()).toISOString(), text };
}

const CONTROL_CHARACTERS = /[^\P{Cc}\n\t]/gu;

function issueOutput(issue: Issue): JsonObject {
  return {
    identifier: issue.identifier,
    title: issue.title,
    state: issue.state,
    priority: issue.priority,
    labels: issue.labels,
    blocked_by: issue.blockedBy.map(({ id, identifier, state }) => ({ id, identifier, state })),
    url: issue.url,
    description: issue.description,
  };
}

function failure(error: unknown, reportProblem: ReportProblem, signal: AbortSignal): ToolResult {
  if (error instanceof ToolRefusal) return refused(error);
  if (error instanceof SymphonyError) return failed(error.code, error.message);
  if (signal.aborted) return abortedCall();
  // A full disk, or a bug: the agent hears that it failed, and so does the operator.
  const message = `the board could not be changed: ${errorMessage(error)}`;
  reportProblem({ code: 'tracker_request', message });
  return failed('tracker_request', message);
}
