import type { JsonObject, JsonValue } from '../../domain/json.js';
import { plainText } from './plain-text.js';
import { objectOf, textOf } from './protocol.js';

/** SPEC 10.4: the line of a report is at most this long. */
const REPORT_LENGTH = 140;

/** A report's one line from untrusted text; null when nothing is left of it. */
export function reportLine(text: string): string | null {
  const line = plainText(text, REPORT_LENGTH);
  return line === '' ? null : line;
}

/** Says in a few words what a notification is about; only for people, nothing may depend on it (SPEC 13.6). */
export function humanise(method: string, params: JsonObject): string {
  const known = WORDS[method];
  if (known !== undefined) return known(params);
  return method.replaceAll('/', ' ').replaceAll('_', ' ');
}

type Words = (params: JsonObject) => string;

const WORDS: Readonly<Record<string, Words>> = {
  'thread/started': () => 'thread started',
  'thread/status/changed': (params) => threadStatus(objectOf(params['status'])),
  'thread/tokenUsage/updated': (params) => tokens(objectOf(objectOf(params['tokenUsage'])['total'])),
  'account/rateLimits/updated': () => 'rate limits updated',
  'turn/started': () => 'turn started',
  'turn/completed': () => 'turn completed',
  'turn/plan/updated': (params) => plan(params['plan']),
  'item/started': (params) => item('started', objectOf(params['item'])),
  'item/completed': (params) => item('completed', objectOf(params['item'])),
  'item/agentMessage/delta': () => 'writing a message',
  'item/reasoning/textDelta': () => 'thinking',
  'item/reasoning/summaryTextDelta': () => 'thinking',
  'item/plan/delta': () => 'planning',
  'item/commandExecution/outputDelta': () => 'command output',
  'serverRequest/resolved': () => 'request resolved',
  error: (params) => errorNotice(params),
  warning: (params) => `warning: ${textOf(params, 'message', 'summary') ?? 'no text'}`,
  configWarning: (params) => `configuration warning: ${textOf(params, 'summary', 'message') ?? 'no text'}`,
  deprecationNotice: (params) => `deprecated: ${textOf(params, 'summary', 'message') ?? 'no text'}`,
};

function threadStatus(status: JsonObject): string {
  const flags = status['activeFlags'];
  const waits = Array.isArray(flags) ? flags.filter((flag) => typeof flag === 'string') : [];
  return `thread ${[textOf(status, 'type') ?? 'changed', ...waits].join(', ')}`;
}

function tokens(total: JsonObject): string {
  const count = total['totalTokens'] ?? total['total_tokens'];
  return typeof count === 'number' ? `${count} tokens so far` : 'token usage updated';
}

function errorNotice(params: JsonObject): string {
  const message =
    textOf(objectOf(params['error']), 'message') ?? textOf(params, 'message') ?? 'unknown error';
  return params['willRetry'] === true ? `retrying: ${message}` : `error: ${message}`;
}

function plan(steps: JsonValue | undefined): string {
  if (!Array.isArray(steps)) return 'plan updated';
  const current = steps.map(objectOf).find((step) => /progress/i.test(String(step['status'])));
  const done = steps.map(objectOf).filter((step) => step['status'] === 'completed').length;
  const now = current === undefined ? '' : `: ${textOf(current, 'step') ?? ''}`;
  return `plan ${done}/${steps.length}${now}`;
}

function item(what: 'started' | 'completed', { type, ...fields }: JsonObject): string {
  const done = what === 'completed';
  switch (type) {
    case 'userMessage':
      return 'prompt received';
    case 'agentMessage':
      return done ? (textOf(fields, 'text') ?? 'message') : 'writing a message';
    case 'reasoning':
      return 'thinking';
    case 'plan':
      return `plan: ${textOf(fields, 'text') ?? ''}`;
    case 'commandExecution':
      return command(done, fields);
    case 'fileChange':
      return `${done ? 'changed' : 'changing'} ${changedPaths(fields).join(', ') || 'files'}`;
    case 'dynamicToolCall':
    case 'mcpToolCall':
      return `${done ? 'called' : 'calling'} tool ${textOf(fields, 'tool', 'name') ?? ''}`;
    case 'webSearch':
      return `searching the web: ${textOf(fields, 'query') ?? ''}`;
    case 'contextCompaction':
      return 'compacting the context';
    default:
      return `${typeof type === 'string' ? type : 'item'} ${what}`;
  }
}

function command(done: boolean, fields: JsonObject): string {
  const line = textOf(fields, 'command') ?? 'a command';
  if (!done) return `running ${line}`;
  const exitCode = fields['exitCode'];
  return `ran ${line}${typeof exitCode === 'number' ? ` (exit ${exitCode})` : ''}`;
}

/** The paths of a `fileChange` item. */
export function changedPaths(fields: JsonObject): string[] {
  const changes = fields['changes'];
  if (!Array.isArray(changes)) return [];
  return changes.slice(0, 20).flatMap((change) => textOf(objectOf(change), 'path') ?? []);
}
