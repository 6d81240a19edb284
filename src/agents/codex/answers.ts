import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { Answer } from '../../domain/session.js';
import { acceptForSession, answerForm, isMcpApproval, wantsMore } from './elicitations.js';
import { objectOf, UserInputRequest } from './protocol.js';
import { BETWEEN_QUESTIONS, choiceText } from './questions.js';

// What is said to a request that asks for a decision, in the words of each method.

const MCP_QUESTION = 'mcp_tool_call_approval_';

/** The answer that approves for the session, in the words of the method; null when only a person can give one. */
export function sessionApproval(method: string, params: JsonObject): JsonValue {
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
      return isMcpApproval(params) ? acceptForSession(params) : null;
    case 'item/tool/requestUserInput':
      return mcpAnswers(params);
    default:
      return null;
  }
}

/** Ends the request without granting anything; where the method has a word for it, the turn ends with it. */
export function refusal(method: string): JsonValue {
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

/** A person's decision in the words of the method, for this once; null when it is no answer to this request. */
export function decidedAnswer(method: string, params: JsonObject, answer: Answer): JsonValue {
  if (method === 'item/tool/requestUserInput')
    return answer.kind === 'text' ? textAnswers(params, answer.text) : null;
  const isForm = method === 'mcpServer/elicitation/request' && answer.kind === 'text';
  const filled = isForm ? answerForm(params, answer.text) : null;
  if (filled !== null) return filled;
  const isYes = yesOrNo(answer);
  if (isYes === null) return null;
  return isYes ? singleApproval(method, params) : denial(method);
}

/** Approves this once; null when a yes alone is no answer. */
function singleApproval(method: string, params: JsonObject): JsonValue {
  switch (method) {
    case 'execCommandApproval':
    case 'applyPatchApproval':
      return { decision: 'approved' };
    case 'item/permissions/requestApproval':
      return { permissions: objectOf(params['permissions']), scope: 'turn' };
    case 'mcpServer/elicitation/request':
      return wantsMore(params) ? null : { action: 'accept', content: {} };
    default:
      return { decision: 'accept' };
  }
}

/** Denies it, and the turn goes on. */
function denial(method: string): JsonObject {
  switch (method) {
    case 'execCommandApproval':
    case 'applyPatchApproval':
      return { decision: 'denied' };
    case 'item/permissions/requestApproval':
      return { permissions: {}, scope: 'turn' };
    case 'mcpServer/elicitation/request':
      return { action: 'decline', content: null };
    default:
      return { decision: 'decline' };
  }
}

/** A choice may be given by its word as well. */
function yesOrNo(answer: Answer): boolean | null {
  const word = answer.kind === 'text' ? answer.text.trim().toLowerCase() : answer.kind;
  if (word === 'approve') return true;
  return word === 'decline' ? false : null;
}

/**
 * A person's words as the answer to each question, or the choice that they name. Words for several questions may stand as
 * the questions do, divided in the same way; words that are not divided in so many parts are said to every one of them.
 */
function textAnswers(params: JsonObject, text: string): JsonObject {
  const { questions } = UserInputRequest.parse(params);
  const parts = text.split(BETWEEN_QUESTIONS);
  const isWhole = questions.length === 1 || parts.length !== questions.length || isChoice(questions, text);
  const answers = questions.map(({ id, options }, index) => {
    const words = isWhole ? text : (parts[index] ?? text).trim();
    return [id, { answers: [chosen(options, words) ?? words] }] as const;
  });
  return { answers: Object.fromEntries(answers) };
}

type Options = UserInputRequest['questions'][number]['options'];

function isChoice(questions: UserInputRequest['questions'], text: string): boolean {
  return questions.some(({ options }) => chosen(options, text) !== null);
}

/** The label of the option that a person named. */
function chosen(options: Options, words: string): string | null {
  return (options ?? []).find(({ label }) => choiceText(label) === words.trim())?.label ?? null;
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
