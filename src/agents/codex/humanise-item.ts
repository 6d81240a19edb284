import type { JsonObject, JsonValue } from '../../domain/json.js';
import { objectOf, textOf } from './protocol.js';

type Stage = 'started' | 'completed';
type ItemWords = (item: JsonObject, isDone: boolean) => string;

/** Says in a few words what an item of a thread is about. */
export function itemWords(stage: Stage, item: JsonObject): string {
  const type = item['type'];
  const known = typeof type === 'string' ? WORDS.get(type) : undefined;
  if (known !== undefined) return known(item, stage === 'completed');
  return `${typeof type === 'string' ? spacedOut(type) : 'item'} ${stage}`;
}

/** Every `ThreadItem` of Codex 0.169. */
const WORDS: ReadonlyMap<string, ItemWords> = new Map<string, ItemWords>([
  ['userMessage', () => 'prompt received'],
  ['hookPrompt', () => 'a hook added to the prompt'],
  ['agentMessage', (item, isDone) => (isDone ? (textOf(item, 'text') ?? 'message') : 'writing a message')],
  ['functionCallOutput', (item) => `result of ${textOf(item, 'name') ?? 'a tool'}`],
  ['plan', (item) => labelled('plan', textOf(item, 'text'))],
  ['reasoning', (item) => labelled('thinking', firstText(item['summary'])?.replaceAll('**', '') ?? null)],
  ['commandExecution', command],
  ['fileChange', (item, isDone) => `${isDone ? fileEnd(item) : 'changing'} ${pathList(item)}`],
  ['mcpToolCall', (item, isDone) => `${toolStage(item, isDone)} ${mcpTool(item)}`],
  ['dynamicToolCall', (item, isDone) => `${toolStage(item, isDone)} ${textOf(item, 'tool', 'name') ?? ''}`],
  ['collabAgentToolCall', (item) => labelled(`sub-agents: ${nameOf(item, 'tool')}`, textOf(item, 'prompt'))],
  ['subAgentActivity', (item) => `sub-agent ${nameOf(item, 'kind')} ${textOf(item, 'agentPath') ?? ''}`],
  ['webSearch', (item) => labelled('searching the web', textOf(item, 'query'))],
  ['imageView', (item) => `looking at ${textOf(item, 'path') ?? 'an image'}`],
  ['sleep', (item, isDone) => (isDone ? 'pause over' : pause(item))],
  ['imageGeneration', (item, isDone) => imageGeneration(item, isDone)],
  ['enteredReviewMode', (item) => labelled('review begun', textOf(item, 'review'))],
  ['exitedReviewMode', (item) => labelled('review over', textOf(item, 'review'))],
  ['contextCompaction', (_item, isDone) => (isDone ? 'context compacted' : 'compacting the context')],
]);

/** `label: text`, or the label alone. */
export function labelled(label: string, text: string | null): string {
  return text === null ? label : `${label}: ${text}`;
}

/** A name of the protocol as words: `spawnAgent` is `spawn agent`. */
export function spacedOut(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, (_match, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replaceAll(/[/_.-]+/g, ' ');
}

/** A member that is a name of the protocol, as words. */
export function nameOf(object: JsonObject, member: string): string {
  return spacedOut(textOf(object, member) ?? 'changed');
}

/** The paths of a `fileChange` item. */
export function changedPaths(fields: JsonObject): string[] {
  const changes = fields['changes'];
  if (!Array.isArray(changes)) return [];
  return changes.slice(0, 20).flatMap((change) => textOf(objectOf(change), 'path') ?? []);
}

const IN_A_SHELL = /^(?:\/\S*\/)?(?:ba|z|da)?sh -l?c (?=\S)/;
/** A command is shown on one line; one that writes a whole file need not be read to its end. */
const COMMAND_LENGTH = 2_000;

/** A command without the shell that Codex wraps around it. */
export function bareCommand(line: string): string {
  const start = line.slice(0, COMMAND_LENGTH);
  const [shell] = IN_A_SHELL.exec(start) ?? [];
  return shell === undefined ? start : unquoted(start.slice(shell.length));
}

/** A word of a shell without its quotes, which Codex changes in the middle where the word has quotes itself. */
function unquoted(word: string): string {
  return word.replace(
    /'([^']*)(?:'|$)|"((?:[^"\\]|\\[\s\S])*)(?:"|$)|\\([\s\S])/g,
    (_match, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  );
}

function command(item: JsonObject, isDone: boolean): string {
  const line = bareCommand(textOf(item, 'command') ?? 'a command');
  if (!isDone) return `running ${line}`;
  if (item['status'] === 'declined') return `was not allowed to run ${line}`;
  const exitCode = item['exitCode'];
  // At the front, so that it outlives the cut of a long command.
  return typeof exitCode === 'number' && exitCode !== 0 ? `failed (${exitCode}): ${line}` : `ran ${line}`;
}

function fileEnd({ status }: JsonObject): string {
  if (status === 'declined') return 'was not allowed to change';
  return status === 'failed' ? 'could not change' : 'changed';
}

function pathList(item: JsonObject): string {
  return changedPaths(item).join(', ') || 'files';
}

function toolStage({ status, success }: JsonObject, isDone: boolean): string {
  if (!isDone) return 'calling tool';
  return status === 'failed' || success === false ? 'failed call of tool' : 'called tool';
}

function mcpTool(item: JsonObject): string {
  return [textOf(item, 'server'), textOf(item, 'tool', 'name')].filter((part) => part !== null).join(' ');
}

function pause({ durationMs }: JsonObject): string {
  return typeof durationMs === 'number' ? `pausing for ${Math.round(durationMs / 1_000)} s` : 'pausing';
}

function imageGeneration(item: JsonObject, isDone: boolean): string {
  if (!isDone) return 'making an image';
  const failure = item['failure'] ?? null;
  return failure === null ? labelled('made an image', textOf(item, 'savedPath')) : 'could not make an image';
}

function firstText(list: JsonValue | undefined): string | null {
  if (!Array.isArray(list)) return null;
  return list.find((entry) => typeof entry === 'string' && entry.trim() !== '')?.toString() ?? null;
}
