import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { Question } from '../../domain/session.js';
import { plainText } from './plain-text.js';
import { objectOf, textOf, UserInputRequest } from './protocol.js';

/** What we do with a request that asks for a decision. */
export type Verdict =
  /** Policy decides: answer, and the turn goes on. */
  | { readonly kind: 'approve'; readonly answer: JsonValue; readonly what: string }
  /** A person must decide: the turn ends here, and the request gets this refusal so that nothing waits for us. */
  | { readonly kind: 'ask'; readonly question: Question; readonly refusal: JsonValue }
  /** Not a request for a decision. */
  | { readonly kind: 'unknown' };

/** The only policy under which we approve by ourselves, and only when it is exactly this word. */
const APPROVE_ALL = 'never';
const MCP_QUESTION = 'mcp_tool_call_approval_';
const QUESTION_LENGTH = 300;
const CHOICE_LENGTH = 80;
const MOST_CHOICES = 10;

/** Judges a server request by the approval policy of the session. `changedPaths` are those of the latest file change. */
export function judge(
  method: string,
  params: JsonObject,
  approvalPolicy: JsonValue,
  changedPaths: readonly string[],
): Verdict {
  const question = questionOf(method, params, changedPaths);
  if (question === null) return { kind: 'unknown' };
  const answer = approvalPolicy === APPROVE_ALL ? approval(method, params) : null;
  if (answer !== null) return { kind: 'approve', answer, what: question.text };
  return { kind: 'ask', question, refusal: refusal(method) };
}

/** The approving answer in the words of the method; null when only a person can give one. */
function approval(method: string, params: JsonObject): JsonValue {
  switch (method) {
    case 'item/commandExecution/requestApproval':
    case 'item/fileChange/requestApproval':
      return { decision: 'acceptForSession' };
    case 'execCommandApproval':
    case 'applyPatchApproval':
      return { decision: 'approved_for_session' };
    case 'item/permissions/requestApproval':
      return { permissions: objectOf(params['permissions']), scope: 'session' };
    case 'mcpServer/elicitation/request':
      return isMcpApproval(params) ? { action: 'accept', content: {} } : null;
    case 'item/tool/requestUserInput':
      return mcpAnswers(params);
    default:
      return null;
  }
}

/** Ends the request without granting anything. */
function refusal(method: string): JsonValue {
  switch (method) {
    case 'execCommandApproval':
    case 'applyPatchApproval':
      return { decision: 'abort' };
    case 'item/permissions/requestApproval':
      return { permissions: {}, scope: 'turn' };
    case 'mcpServer/elicitation/request':
      return { action: 'cancel', content: null };
    case 'item/tool/requestUserInput':
      return { answers: {} };
    default:
      return { decision: 'cancel' };
  }
}

function questionOf(method: string, params: JsonObject, paths: readonly string[]): Question | null {
  const reason = textOf(params, 'reason');
  const because = reason === null ? '' : ` (${reason})`;
  switch (method) {
    case 'item/commandExecution/requestApproval':
    case 'execCommandApproval':
      return question('commandApproval', `run ${commandOf(params)}${because}`, YES_OR_NO);
    case 'item/fileChange/requestApproval':
    case 'applyPatchApproval': {
      const files = Object.keys(objectOf(params['fileChanges']));
      const which = (files.length > 0 ? files : paths).join(', ') || textOf(params, 'grantRoot') || 'files';
      return question('fileChangeApproval', `change ${which}${because}`, YES_OR_NO);
    }
    case 'item/permissions/requestApproval':
      return question(
        'permission',
        `grant ${JSON.stringify(params['permissions'] ?? {})}${because}`,
        YES_OR_NO,
      );
    case 'mcpServer/elicitation/request': {
      const server = textOf(params, 'serverName') ?? 'an MCP server';
      return question('elicitation', `${server} asks: ${textOf(params, 'message') ?? 'for input'}`, []);
    }
    case 'item/tool/requestUserInput':
      return userInput(params);
    default:
      return null;
  }
}

const YES_OR_NO = ['approve', 'decline'] as const;

function question(kind: Question['kind'], text: string, choices: readonly string[]): Question {
  return {
    kind,
    text: plainText(text, QUESTION_LENGTH) || 'asks for a decision',
    choices: choices.slice(0, MOST_CHOICES).map((choice) => plainText(choice, CHOICE_LENGTH)),
  };
}

function userInput(params: JsonObject): Question {
  const { questions } = UserInputRequest.parse(params);
  const [first] = questions;
  const text = questions.map((each) => each.question ?? each.header ?? '').join(' / ');
  const choices = questions.length === 1 ? (first?.options ?? []).map((option) => option.label) : [];
  return question('userInput', text.trim() === '' ? 'the agent asks for input' : text, choices);
}

/** The question of a notification that says a turn waits for a person, in any of the words versions have used. */
export function turnQuestion(method: string, params: JsonObject): Question | null {
  const name = method.replace(/^turn\//, '');
  const isTurn = method.startsWith('turn/');
  const flags = ['requiresInput', 'needsInput', 'input_required', 'inputRequired'];
  const isFlagged = isTurn && flags.some((flag) => params[flag] === true);
  const isTyped = isTurn && ['input_required', 'needs_input'].includes(String(params['type']));
  if (!((isTurn && WAITING.has(name)) || isFlagged || isTyped)) return null;
  const kind = name === 'approval_required' ? 'permission' : 'userInput';
  const text = textOf(params, 'message', 'question', 'prompt', 'reason') ?? 'the agent waits for a person';
  return question(kind, text, []);
}

const WAITING = new Set([
  'input_required',
  'needs_input',
  'need_input',
  'request_input',
  'request_response',
  'provide_input',
  'approval_required',
]);

function commandOf(params: JsonObject): string {
  const command = params['command'];
  if (typeof command === 'string') return command;
  return Array.isArray(command) ? command.map(String).join(' ') : 'a command';
}

function isMcpApproval(params: JsonObject): boolean {
  return objectOf(params['_meta'])['codex_approval_kind'] === 'mcp_tool_call';
}

/** Answers questions that are really approvals of MCP tools; null as soon as one of them is anything else. */
function mcpAnswers(params: JsonObject): JsonValue {
  const { questions } = UserInputRequest.parse(params);
  const answers: Record<string, JsonValue> = {};
  for (const { id, options } of questions) {
    const label = approvingLabel((options ?? []).map((option) => option.label));
    if (!id.startsWith(MCP_QUESTION) || label === null) return null;
    answers[id] = { answers: [label] };
  }
  return questions.length === 0 ? null : { answers };
}

function approvingLabel(labels: readonly string[]): string | null {
  const wanted = ['Approve this Session', 'Approve Once'].find((label) => labels.includes(label));
  return wanted ?? labels.find((label) => /^(approve|allow)/i.test(label.trim())) ?? null;
}
