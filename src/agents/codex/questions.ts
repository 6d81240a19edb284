import type { JsonObject } from '../../domain/json.js';
import type { Question } from '../../domain/session.js';
import { formChoices, isMcpApproval } from './elicitations.js';
import type { AnnouncedChange } from './file-changes.js';
import { plainText } from './plain-text.js';
import { objectOf, textOf, UserInputRequest } from './protocol.js';
import { subjectOf } from './subjects.js';

/** Long enough for a whole command of some lines: who approves one must see all of it. */
const QUESTION_LENGTH = 1_000;
const CHOICE_LENGTH = 80;
const MOST_CHOICES = 10;
const YES_OR_NO = ['approve', 'decline'] as const;

/** What is known beside a request. */
export interface QuestionContext {
  /** A working directory that is another one than this is named. */
  readonly workspacePath: string;
  /** What the item of a file change has announced. */
  readonly change: AnnouncedChange | null;
}

/** The question of a request that asks for a decision; null for every other request. */
export function questionOf(method: string, params: JsonObject, context: QuestionContext): Question | null {
  const asked = wordsOf(method, params, context);
  if (asked === null) return null;
  const subject = subjectOf(method, params, context.change);
  return { ...asked, ...(subject === null ? {} : { subject }) };
}

function wordsOf(method: string, params: JsonObject, context: QuestionContext): Question | null {
  const reason = textOf(params, 'reason');
  const because = reason === null ? '' : ` (${reason})`;
  switch (method) {
    case 'item/commandExecution/requestApproval':
    case 'execCommandApproval':
      return question('commandApproval', `${commandWords(params, context)}${because}`, YES_OR_NO);
    case 'item/fileChange/requestApproval':
    case 'applyPatchApproval':
      return question('fileChangeApproval', `${changeWords(params, context)}${because}`, YES_OR_NO);
    case 'item/permissions/requestApproval': {
      const asked = JSON.stringify(params['permissions'] ?? {});
      return question('permission', `grant ${asked}${because}`, YES_OR_NO);
    }
    case 'mcpServer/elicitation/request':
      return elicitation(params);
    case 'item/tool/requestUserInput':
      return userInput(params);
    default:
      return null;
  }
}

function commandWords(params: JsonObject, { workspacePath }: QuestionContext): string {
  const network = objectOf(params['networkApprovalContext']);
  const host = textOf(network, 'host');
  const command = commandOf(params);
  if (host !== null && command === null) return `reach ${host} (${textOf(network, 'protocol') ?? 'network'})`;
  const cwd = textOf(params, 'cwd');
  const permissions = params['additionalPermissions'] ?? null;
  return [
    textOf(params, 'kind') === 'writeStdin' ? 'type into' : 'run',
    command ?? 'a command',
    cwd === null || cwd === workspacePath ? '' : `in ${cwd}`,
    host === null ? '' : `with access to ${host}`,
    permissions === null ? '' : `with ${JSON.stringify(permissions)}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function commandOf(params: JsonObject): string | null {
  const command = params['command'];
  if (Array.isArray(command)) return command.map(String).join(' ');
  return textOf(params, 'command');
}

function changeWords(params: JsonObject, { change }: QuestionContext): string {
  const patched = Object.keys(objectOf(params['fileChanges']));
  const root = textOf(params, 'grantRoot');
  const files = patched.length > 0 ? patched.map((path) => `change ${path}`) : (change?.files ?? []);
  return [
    files.length === 0 ? 'change files' : files.join(', '),
    root === null ? '' : `and be allowed to write under ${root}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function elicitation(params: JsonObject): Question {
  const server = textOf(params, 'serverName') ?? 'an MCP server';
  const asked = textOf(params, 'message', 'title', 'description') ?? 'for input';
  if (isMcpApproval(params)) {
    const args = objectOf(params['_meta'])['tool_params'] ?? null;
    const given = args === null ? '' : ` ${JSON.stringify(args)}`;
    return question('elicitation', `${server} asks: ${asked}${given}`, YES_OR_NO);
  }
  const url = textOf(params, 'url');
  const text = `${server} asks: ${asked}${url === null ? '' : ` ${url}`}`;
  return question('elicitation', text, formChoices(params) ?? YES_OR_NO);
}

function userInput(params: JsonObject): Question {
  const asked = UserInputRequest.parse(params).questions.map(({ question: words, header, options }) => ({
    words: [words, header].find((each) => (each ?? '').trim() !== '') ?? WORDLESS,
    choices: (options ?? []).map(({ label }) => label),
  }));
  const [first, ...others] = asked;
  if (first === undefined) return question('userInput', WORDLESS, []);
  if (others.length === 0) return question('userInput', first.words, first.choices);
  // Choices that are offered stand for the whole answer; of several questions each has its own.
  return question('userInput', asked.map(withChoices).join(BETWEEN_QUESTIONS), []);
}

const WORDLESS = 'the agent asks for input';

/** Between the questions of one request, and between the answers of a person to them. */
export const BETWEEN_QUESTIONS = ' / ';

function withChoices({
  words,
  choices,
}: {
  readonly words: string;
  readonly choices: readonly string[];
}): string {
  const offered = choices.slice(0, MOST_CHOICES).map(choiceText).join(', ');
  return offered === '' ? words : `${words} (${offered})`;
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

function question(kind: Question['kind'], text: string, choices: readonly string[]): Question {
  return {
    kind,
    text: plainText(text, QUESTION_LENGTH) || 'asks for a decision',
    choices: choices.slice(0, MOST_CHOICES).map(choiceText),
  };
}

/** A choice as a person sees it and gives it back. */
export function choiceText(label: string): string {
  return plainText(label, CHOICE_LENGTH);
}
