/**
 * The agent that ships with Symphony: a program that speaks the Codex app-server protocol on its standard streams and
 * plays a script instead of asking a model. For the demo and for tests; it needs no account and no network.
 */
import { randomUUID } from 'node:crypto';
import { findIssueTool } from './issue-tool.js';
import { numberOr, readScript, type Script } from './script.js';
import { type ClientRequest, ScriptedServer } from './server.js';
import { playTurn, type Thread } from './turn.js';

const DEFAULT_SECONDS = 3;

const server = new ScriptedServer(process.stdout);
const threads = new Map<string, Thread>();
let running: { readonly turnId: string; readonly stop: AbortController } | null = null;
let script: Script | null = null;

process.on('SIGTERM', () => process.exit(0));
await server.serve(process.stdin, answer);
// The client is gone; a turn that is still running has nobody to work for.
process.exit(0);

function answer(request: ClientRequest): void {
  switch (request.method) {
    case 'initialize':
      request.answer({ userAgent: 'scripted-agent', platformFamily: 'unix' });
      break;
    case 'initialized':
      break;
    case 'thread/start':
      startThread(request);
      break;
    case 'turn/start':
      startTurn(request);
      break;
    case 'turn/interrupt':
      running?.stop.abort();
      request.answer({});
      break;
    default:
      request.refuse(`unknown method ${request.method}`);
  }
}

function startThread({ params, answer: reply }: ClientRequest): void {
  const id = randomUUID();
  const directory = typeof params['cwd'] === 'string' ? params['cwd'] : process.cwd();
  const tool = findIssueTool(params['dynamicTools']);
  const tokens = { inputTokens: 0, outputTokens: 0 };
  threads.set(id, { id, directory, tool, title: 'the issue', turns: 0, tokens });
  reply({ thread: { id, status: { type: 'idle' }, turns: [] }, model: 'scripted', cwd: directory });
  server.notify('thread/started', { thread: { id } });
}

function startTurn({ params, answer: reply, refuse }: ClientRequest): void {
  const known = threads.get(String(params['threadId']));
  if (known === undefined) {
    refuse('thread not found');
    return;
  }
  if (running !== null) {
    refuse('a turn is running');
    return;
  }
  const title = typeof params['title'] === 'string' ? params['title'] : known.title;
  const thread = { ...known, title, turns: known.turns + 1 };
  threads.set(thread.id, thread);
  const prompt = promptOf(params['input']);
  // Continuation prompts do not repeat the issue: the script of the first turn holds for the thread.
  script ??= readScript(prompt, numberOr(DEFAULT_SECONDS, secondsFromEnvironment(), 0, 3_600));
  const turnId = randomUUID();
  const stop = new AbortController();
  running = { turnId, stop };
  reply({ turn: { id: turnId, status: 'inProgress', items: [], error: null } });
  const turn = playTurn({ server, thread, turnId, prompt, script, signal: stop.signal });
  void turn.finally(() => {
    running = null;
  });
}

function promptOf(input: unknown): string {
  if (!Array.isArray(input)) return '';
  return input
    .map((part: unknown) => (part as { readonly text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('\n');
}

function secondsFromEnvironment(): string | undefined {
  // biome-ignore lint/style/noProcessEnv: this is a program of its own, and its environment is how it is told
  return process.env['SYMPHONY_SCRIPTED_SECONDS'];
}
