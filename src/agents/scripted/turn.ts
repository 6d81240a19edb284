import { setTimeout as sleep } from 'node:timers/promises';
import type { IssueTool } from './issue-tool.js';
import { commit, countAttempt, editFile } from './repository.js';
import type { Script } from './script.js';
import type { ScriptedServer } from './server.js';

/** What the thread has come to; grows with each turn. */
export interface Thread {
  readonly id: string;
  readonly directory: string;
  readonly tool: IssueTool | null;
  readonly title: string;
  turns: number;
  tokens: { inputTokens: number; outputTokens: number };
}

export interface TurnRun {
  readonly server: ScriptedServer;
  readonly thread: Thread;
  readonly turnId: string;
  readonly prompt: string;
  readonly script: Script;
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
}

const STEPS = 4;
const CONTEXT_WINDOW = 258_400;

/** Plays one turn and tells how it ended, in the protocol's words. */
export async function playTurn(turn: TurnRun): Promise<void> {
  const { server, thread, turnId } = turn;
  const head = { threadId: thread.id, turn: { id: turnId, status: 'inProgress', items: [], error: null } };
  server.notify('thread/status/changed', {
    threadId: thread.id,
    status: { type: 'active', activeFlags: [] },
  });
  server.notify('turn/started', head);
  item(turn, 'item/completed', { type: 'userMessage', content: [{ type: 'text', text: turn.prompt }] });
  let end: { status: string; error: object | null };
  try {
    const failure = await work(turn);
    end = failure === null ? { status: 'completed', error: null } : { status: 'failed', error: failure };
  } catch (error) {
    if (!turn.signal.aborted) throw error;
    end = { status: 'interrupted', error: null };
  }
  server.notify('thread/status/changed', { threadId: thread.id, status: { type: 'idle' } });
  server.notify('turn/completed', { threadId: thread.id, turn: { id: turnId, items: [], ...end } });
}

/** The turn's work; the error of a turn that fails, else null. */
async function work(turn: TurnRun): Promise<object | null> {
  const { script, thread } = turn;
  const attempt = thread.turns === 1 ? await countAttempt(thread.directory) : 0;
  if (thread.turns === 1) await callTool(turn, thread.tool?.setState('In Progress'));
  say(turn, `Working on ${thread.title}.`);
  await pause(turn, 1);
  const failure = await misbehave(turn, attempt);
  if (failure !== null) return failure;

  const file = await editFile(thread.directory, `${thread.title}, turn ${thread.turns}`);
  item(turn, 'item/completed', { type: 'fileChange', changes: [{ path: file }], status: 'completed' });
  await pause(turn, 2);
  const committed = await commit(thread.directory, `${thread.title} (turn ${thread.turns})`);
  if (committed !== null) {
    const { command, output, exitCode } = committed;
    item(turn, 'item/completed', { type: 'commandExecution', command, aggregatedOutput: output, exitCode });
  }
  await pause(turn, 1);
  if (thread.turns >= script.turns) {
    await callTool(turn, thread.tool?.comment(`Done by the scripted agent in ${thread.turns} turn(s).`));
    await callTool(turn, thread.tool?.setState('Done'));
    say(turn, 'Done.');
  } else say(turn, `Turn ${thread.turns} of ${script.turns} is done.`);
  return null;
}

async function misbehave(
  { server, script, signal, thread, turnId }: TurnRun,
  attempt: number,
): Promise<object | null> {
  switch (script.fault) {
    case 'none':
      return null;
    case 'fail':
      return scriptedError('the script says: fail');
    case 'failOnce':
      return attempt === 1 ? scriptedError('the script says: fail the first attempt') : null;
    case 'crash':
      process.stderr.write('the script says: crash\n');
      process.exit(3);
      break;
    case 'hang':
      await sleep(2 ** 31 - 1, undefined, { signal });
      return null;
    case 'ask': {
      const questions = [
        {
          id: 'q1',
          header: 'Script',
          question: 'May I go on?',
          options: [{ label: 'Yes' }, { label: 'No' }],
        },
      ];
      await server.ask('item/tool/requestUserInput', {
        threadId: thread.id,
        turnId,
        itemId: 'ask-1',
        questions,
      });
      return null;
    }
  }
}

function scriptedError(message: string): object {
  return { message, codexErrorInfo: 'other', additionalDetails: null };
}

/** Waits some of the steps that make up a turn's time, and tells what they have cost. */
async function pause(turn: TurnRun, steps: number): Promise<void> {
  await sleep((turn.script.seconds * 1_000 * steps) / STEPS, undefined, { signal: turn.signal });
  const { server, thread, turnId } = turn;
  const last = { inputTokens: 400 * steps, outputTokens: 60 * steps };
  thread.tokens.inputTokens += last.inputTokens;
  thread.tokens.outputTokens += last.outputTokens;
  const total = counted(thread.tokens);
  const tokenUsage = { total, last: counted(last), modelContextWindow: CONTEXT_WINDOW };
  server.notify('thread/tokenUsage/updated', { threadId: thread.id, turnId, tokenUsage });
  const primary = {
    usedPercent: Math.min(90, Math.round(total.totalTokens / 200)),
    windowDurationMins: 300,
    resetsAt: Math.ceil(Date.now() / 1_000) + 3_600,
  };
  server.notify('account/rateLimits/updated', {
    rateLimits: { limitId: 'scripted', primary, secondary: null },
  });
}

function counted(tokens: {
  inputTokens: number;
  outputTokens: number;
}): { totalTokens: number } & typeof tokens {
  return { ...tokens, totalTokens: tokens.inputTokens + tokens.outputTokens };
}

async function callTool(turn: TurnRun, args: object | undefined): Promise<void> {
  const { server, thread, turnId } = turn;
  if (thread.tool === null || args === undefined) return;
  const tool = thread.tool.name;
  const callId = `call-${crypto.randomUUID()}`;
  item(turn, 'item/started', {
    type: 'dynamicToolCall',
    id: callId,
    tool,
    arguments: args,
    status: 'inProgress',
  });
  const call = { threadId: thread.id, turnId, callId, namespace: null, tool, arguments: args };
  const { success } = await server.ask('item/tool/call', call);
  const status = success === true ? 'completed' : 'failed';
  item(turn, 'item/completed', { type: 'dynamicToolCall', id: callId, tool, arguments: args, status });
}

function say(turn: TurnRun, text: string): void {
  item(turn, 'item/completed', { type: 'agentMessage', text });
}

function item({ server, thread, turnId }: TurnRun, method: string, fields: object): void {
  const id = `item-${crypto.randomUUID()}`;
  server.notify(method, { threadId: thread.id, turnId, item: { id, ...fields } });
}
