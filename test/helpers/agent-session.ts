import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { codexAgent } from '../../src/agents/codex/index.js';
import type { Issue } from '../../src/domain/issue.js';
import type { JsonObject, JsonValue } from '../../src/domain/json.js';
import type { AgentEventName, AgentReport, ThreadRef } from '../../src/domain/session.js';
import type { CodexSettings, Settings } from '../../src/domain/settings.js';
import { localHost } from '../../src/hosts/local.js';
import type { Agent, AgentSession, SessionStart, Transcript, TurnResult } from '../../src/ports/agent.js';
import type { Clock } from '../../src/ports/clock.js';
import type { ToolResult, TrackerTools } from '../../src/ports/tracker.js';
import { anIssue, NO_TRANSCRIPT } from './build.js';
import { VirtualClock } from './virtual-clock.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/agents/', import.meta.url));

/** The command that runs a program of fixtures/agents. */
export function fixtureCommand(name: string): string {
  return `exec '${process.execPath}' '${join(FIXTURES, `${name}.mjs`)}'`;
}

/** A new empty directory, removed after the test. */
export async function aDirectory(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'symphony-agent-')));
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}

/** The issue of sessions under test. */
export const sessionIssue: Issue = anIssue({
  id: 'issue-1',
  nativeRef: { number: 1 },
  title: 'Make it so',
});

/** A tool call as it reached the tracker. */
interface Call {
  readonly name: string;
  readonly args: JsonValue;
  readonly issue: Issue;
}

/** Tracker tools that remember their calls. */
export function recordingTools(
  answer: (call: Call) => ToolResult = () => ({ success: true, output: { ok: true } }),
): TrackerTools & { readonly calls: Call[] } {
  const calls: Call[] = [];
  const action = { type: 'string', enum: ['read', 'set_state', 'comment'] };
  const properties = { action, state: { type: 'string' }, body: { type: 'string' } };
  return {
    calls,
    specs: [
      {
        name: 'local_issue',
        description: 'Reads and changes the issue.',
        inputSchema: { type: 'object', properties },
      },
    ],
    secretEnvironmentNames: ['SECRET_TOKEN'],
    execute: async (name, args, { issue }) => {
      const call = { name, args, issue };
      calls.push(call);
      return answer(call);
    },
  };
}

export interface SessionOptions {
  readonly codex?: Partial<CodexSettings>;
  readonly env?: Readonly<Record<string, string>>;
  readonly tools?: TrackerTools;
  readonly envAllow?: readonly string[];
  readonly workspacePath?: string;
  readonly signal?: AbortSignal;
  readonly resume?: ThreadRef;
  readonly transcript?: Transcript;
  readonly onReport?: (report: AgentReport) => void;
}

/** All that a session needs, with what it reported and received. */
export interface SessionSetup {
  readonly start: SessionStart;
  readonly reports: AgentReport[];
  /** What the agent's process received, as far as it writes a transcript. */
  received(): Promise<JsonObject[]>;
  events(): AgentEventName[];
}

/** A start of a session in a new workspace. */
export async function aSessionStart(options: SessionOptions = {}): Promise<SessionSetup> {
  const workspacePath = options.workspacePath ?? (await aDirectory());
  const transcript = join(await aDirectory(), 'received.jsonl');
  await writeFile(transcript, '');
  const reports: AgentReport[] = [];
  const codex: CodexSettings = {
    command: fixtureCommand('completes'),
    approvalPolicy: 'never',
    threadSandbox: 'workspace-write',
    turnSandboxPolicy: null,
    turnTimeoutMs: 60_000,
    readTimeoutMs: 20_000,
    stallTimeoutMs: 0,
    commandTimeoutMs: 0,
    trustWorkspace: false,
    resume: true,
    ...options.codex,
  };
  return {
    reports,
    events: () => reports.map(({ event }) => event),
    received: async () => {
      const lines = (await readFile(transcript, 'utf8')).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as JsonObject);
    },
    start: {
      host: localHost(process.env),
      workspacePath,
      issue: sessionIssue,
      settings: { codex, agent: { envAllow: options.envAllow ?? [] } } as unknown as Settings,
      tools: options.tools ?? recordingTools(),
      env: { TRANSCRIPT: transcript, ...options.env },
      marker: 'test-run',
      resume: options.resume ?? null,
      transcript: options.transcript ?? NO_TRANSCRIPT,
      onReport: (report) => {
        reports.push(report);
        options.onReport?.(report);
      },
      signal: options.signal ?? new AbortController().signal,
    },
  };
}

export interface RunningSession extends SessionSetup {
  readonly session: AgentSession;
  runTurn(prompt?: string, signal?: AbortSignal): Promise<TurnResult>;
}

/** A started session, closed after the test. */
export async function openSession(agent: Agent, options: SessionOptions = {}): Promise<RunningSession> {
  const setup = await aSessionStart(options);
  const session = await agent.startSession(setup.start);
  onTestFinished(() => session.close());
  let turn = 0;
  return {
    ...setup,
    session,
    runTurn: (prompt = 'Do it.', signal = new AbortController().signal) => {
      turn += 1;
      return session.runTurn({ prompt, turn, signal });
    },
  };
}

/**
 * A session of the Codex agent with a program of fixtures/agents behind it. Its time stands still unless the test moves it,
 * so that no limit passes only because the machine is slow.
 */
export function openFixture(
  name: string,
  { clock = new VirtualClock(), ...options }: SessionOptions & { readonly clock?: Clock } = {},
): Promise<RunningSession> {
  const codex = { command: fixtureCommand(name), ...options.codex };
  return openSession(codexAgent({ clock, kind: 'codex' }), { ...options, codex });
}
