import type { JsonObject, JsonValue } from '../../domain/json.js';
import { changedPaths, itemWords, labelled, nameOf, spacedOut } from './humanise-item.js';
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
  return WORDS.get(method)?.(params) ?? spacedOut(method);
}

type Words = (params: JsonObject) => string;

const always =
  (words: string): Words =>
  () =>
    words;

/** What the work consists of. */
const WORK: readonly (readonly [method: string, words: Words])[] = [
  ['turn/started', always('turn started')],
  ['turn/completed', ({ turn }) => `turn ${nameOf({ status: 'completed', ...objectOf(turn) }, 'status')}`],
  ['turn/plan/updated', ({ plan }) => planWords(plan)],
  ['turn/diff/updated', always('files changed')],
  ['turn/moderationMetadata', always('turn moderated')],
  ['item/started', ({ item }) => itemWords('started', objectOf(item))],
  ['item/completed', ({ item }) => itemWords('completed', objectOf(item))],
  ['item/agentMessage/delta', always('writing a message')],
  ['item/plan/delta', always('planning')],
  ['item/reasoning/textDelta', always('thinking')],
  ['item/reasoning/summaryTextDelta', always('thinking')],
  ['item/reasoning/summaryPartAdded', always('thinking')],
  ['item/commandExecution/outputDelta', always('command output')],
  ['item/commandExecution/terminalInteraction', (params) => terminal(textOf(params, 'stdin'))],
  ['item/fileChange/outputDelta', always('changing files')],
  ['item/fileChange/patchUpdated', (params) => `changing ${changedPaths(params).join(', ') || 'files'}`],
  ['item/mcpToolCall/progress', (params) => labelled('tool progress', textOf(params, 'message'))],
  ['item/autoApprovalReview/started', ({ action }) => `reviewing: ${actionWords(objectOf(action))}`],
  [
    'item/autoApprovalReview/completed',
    ({ action, review }) =>
      `${nameOf(objectOf(review), 'status')} by review: ${actionWords(objectOf(action))}`,
  ],
  ['autoApprovalReview/strictReviewRequired', always('a strict review is required')],
  ['hook/started', ({ run }) => `hook ${nameOf(objectOf(run), 'eventName')} started`],
  ['hook/completed', ({ run }) => hookEnd(objectOf(run))],
  ['rawResponseItem/completed', always('part of an answer of the model')],
  ['rawResponse/completed', always('answer of the model')],
  ['command/exec/outputDelta', always('output of a process')],
  ['process/outputDelta', always('output of a process')],
  ['process/exited', ({ exitCode }) => `process exited with ${String(exitCode ?? 'no status')}`],
  ['serverRequest/resolved', always('request resolved')],
  ['error', (params) => errorNotice(params)],
];

/** What becomes of a thread. */
const THREAD: readonly (readonly [method: string, words: Words])[] = [
  ['thread/started', always('thread started')],
  ['thread/status/changed', ({ status }) => threadStatus(objectOf(status))],
  ['thread/readState/changed', always('thread has something new to read')],
  ['thread/archived', always('thread archived')],
  ['thread/unarchived', always('thread unarchived')],
  ['thread/deleted', always('thread deleted')],
  ['thread/closed', always('thread closed')],
  ['thread/reverted', always('thread reverted')],
  ['thread/compacted', always('context compacted')],
  ['thread/name/updated', (params) => labelled('thread named', textOf(params, 'threadName'))],
  ['thread/section/changed', always('thread moved to another section')],
  ['thread/project/updated', always('thread moved to another project')],
  ['thread/attachment/updated', (params) => `attachment ${nameOf(params, 'operation')}`],
  ['thread/goal/updated', ({ goal }) => goalWords(objectOf(goal))],
  ['thread/goal/cleared', always('goal cleared')],
  ['thread/prediction/updated', ({ result }) => labelled('prediction', textOf(objectOf(result), 'text'))],
  ['thread/queue/changed', always('queue of the thread changed')],
  [
    'thread/environment/connected',
    (params) => `environment ${textOf(params, 'environmentId') ?? ''} connected`,
  ],
  [
    'thread/environment/disconnected',
    (params) => `environment ${textOf(params, 'environmentId') ?? ''} disconnected`,
  ],
  ['thread/settings/updated', ({ threadSettings }) => settingsWords(objectOf(threadSettings))],
  ['thread/tokenUsage/updated', ({ tokenUsage }) => tokens(objectOf(objectOf(tokenUsage)['total']))],
  ['thread/realtime/started', always('voice session started')],
  ['thread/realtime/itemAdded', always('voice session: item')],
  ['thread/realtime/item/started', always('voice session: item started')],
  ['thread/realtime/item/transcript/delta', always('voice session: speaking')],
  ['thread/realtime/item/completed', ({ item }) => labelled('voice session', textOf(objectOf(item), 'text'))],
  ['thread/realtime/transcript/delta', always('voice session: speaking')],
  ['thread/realtime/transcript/done', (params) => labelled('voice session', textOf(params, 'text'))],
  ['thread/realtime/transcriptUpdated', (params) => labelled('voice session', textOf(params, 'text'))],
  ['thread/realtime/outputAudio/delta', always('voice session: speaking')],
  ['thread/realtime/sdp', always('voice session: connecting')],
  ['thread/realtime/error', (params) => labelled('voice session failed', textOf(params, 'message'))],
  ['thread/realtime/closed', (params) => labelled('voice session closed', textOf(params, 'reason'))],
];

/** What surrounds the work: the model, the account, servers, configuration. */
const SURROUNDINGS: readonly (readonly [method: string, words: Words])[] = [
  ['warning', (params) => labelled('warning', textOf(params, 'message', 'summary'))],
  ['guardianWarning', (params) => labelled('warning', textOf(params, 'message'))],
  ['configWarning', (params) => labelled('configuration warning', textOf(params, 'summary', 'message'))],
  ['deprecationNotice', (params) => labelled('deprecated', textOf(params, 'summary', 'message'))],
  [
    'model/rerouted',
    (params) => `model ${textOf(params, 'toModel') ?? ''} in place of ${textOf(params, 'fromModel')}`,
  ],
  ['model/verification', always('model asks for a verification of the account')],
  ['model/safetyBuffering/updated', (params) => safetyWords(params)],
  ['modelProvider/authRecoveryStarted', (params) => labelled('logging in again', textOf(params, 'message'))],
  ['modelProvider/authRecoveryCompleted', (params) => labelled('logged in again', textOf(params, 'message'))],
  ['account/updated', (params) => labelled('account', textOf(params, 'authMode'))],
  ['account/rateLimits/updated', ({ rateLimits }) => rateLimitWords(objectOf(rateLimits))],
  ['account/login/completed', (params) => loginEnd('account', params)],
  [
    'account/gatewayOAuth/changed',
    (params) => labelled(`gateway login ${nameOf(params, 'status')}`, textOf(params, 'error')),
  ],
  ['mcpServer/oauthLogin/completed', (params) => loginEnd(textOf(params, 'name') ?? 'MCP server', params)],
  ['mcpServer/startupStatus/updated', (params) => mcpServer(params)],
  [
    'mcpServer/event/stream/notification',
    ({ notification }) => labelled('event of an MCP server', textOf(objectOf(notification), 'method')),
  ],
  ['app/list/updated', always('apps updated')],
  ['skills/changed', always('skills changed')],
  ['project/changed', (params) => `project ${nameOf(params, 'changeType')}`],
  ['fs/changed', (params) => labelled('files changed', list(params['changedPaths']))],
  ['fuzzyFileSearch/sessionUpdated', (params) => labelled('searching files', textOf(params, 'query'))],
  ['fuzzyFileSearch/sessionCompleted', always('file search completed')],
  ['remoteControl/status/changed', (params) => `remote control ${nameOf(params, 'status')}`],
  ['externalAgentConfig/import/progress', always('importing the configuration of another agent')],
  ['externalAgentConfig/import/completed', always('configuration of another agent imported')],
  [
    'windows/worldWritableWarning',
    (params) => labelled('writable by everybody', list(params['samplePaths'])),
  ],
  [
    'windowsSandbox/setupCompleted',
    (params) => labelled(`sandbox ${succeeded(params)}`, textOf(params, 'error')),
  ],
];

/** Every notification that Codex 0.169 declares. A map, since a method may be called like a member of every object. */
const WORDS: ReadonlyMap<string, Words> = new Map([...WORK, ...THREAD, ...SURROUNDINGS]);

function threadStatus(status: JsonObject): string {
  const flags = status['activeFlags'];
  const waits = Array.isArray(flags) ? flags.filter((flag) => typeof flag === 'string') : [];
  return `thread ${[nameOf(status, 'type'), ...waits.map(spacedOut)].join(', ')}`;
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

function planWords(steps: JsonValue | undefined): string {
  if (!Array.isArray(steps)) return 'plan updated';
  const current = steps.map(objectOf).find((step) => /progress/i.test(String(step['status'])));
  const done = steps.map(objectOf).filter((step) => step['status'] === 'completed').length;
  return labelled(`plan ${done}/${steps.length}`, current === undefined ? null : textOf(current, 'step'));
}

function terminal(stdin: string | null): string {
  return stdin === null ? 'waited for a command' : `typed into a command: ${stdin}`;
}

/** What an automatic review is about. */
function actionWords(action: JsonObject): string {
  const subject =
    textOf(action, 'command', 'program', 'toolName', 'target', 'stdin', 'reason') ?? list(action['files']);
  return labelled(nameOf(action, 'type'), subject);
}

function hookEnd(run: JsonObject): string {
  return labelled(`hook ${nameOf(run, 'eventName')} ${nameOf(run, 'status')}`, textOf(run, 'statusMessage'));
}

function goalWords(goal: JsonObject): string {
  return labelled(`goal ${nameOf(goal, 'status')}`, textOf(goal, 'objective'));
}

function settingsWords(settings: JsonObject): string {
  const chosen = [textOf(settings, 'model'), textOf(settings, 'effort')].filter((part) => part !== null);
  return labelled('thread settings', chosen.join(', ') || null);
}

function safetyWords(params: JsonObject): string {
  const model = textOf(params, 'model') ?? 'the model';
  return params['showBufferingUi'] === true
    ? `an answer of ${model} waits for a safety check`
    : `safety check of ${model}`;
}

function rateLimitWords(limits: JsonObject): string {
  const used = ['primary', 'secondary'].flatMap((name) => {
    const percent = objectOf(limits[name])['usedPercent'];
    return typeof percent === 'number' ? `${Math.round(percent)}%` : [];
  });
  return used.length === 0 ? 'rate limits updated' : `rate limits: ${used.join(' and ')} used`;
}

function mcpServer(params: JsonObject): string {
  const server = `MCP server ${textOf(params, 'name') ?? ''} ${nameOf(params, 'status')}`;
  return labelled(server, textOf(params, 'error', 'failureReason'));
}

function loginEnd(what: string, params: JsonObject): string {
  return labelled(`login of ${what} ${succeeded(params)}`, textOf(params, 'error'));
}

function succeeded({ success }: JsonObject): string {
  return success === false ? 'failed' : 'succeeded';
}

function list(values: JsonValue | undefined): string | null {
  if (!Array.isArray(values)) return null;
  const texts = values.slice(0, 20).filter((value) => typeof value === 'string');
  return texts.length === 0 ? null : texts.join(', ');
}
