import type { Effect } from '../core/effects.js';
import { withoutName } from '../core/host-down.js';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Issue } from '../domain/issue.js';
import { AGENT_FAILURES, type RunOutcome, type RunPhase, type WorkspaceStep } from '../domain/run.js';
import type { AgentReport, ThreadRef } from '../domain/session.js';
import type { CodexSettings } from '../domain/settings.js';
import type { AgentSession, Transcript } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { Host } from '../ports/host.js';
import type { Holds } from '../workspaces/holds.js';
import { type HookReport, hookEnvironment, runHook } from '../workspaces/hooks.js';
import { endRun, prepareWorkspace, type WorkspaceWork } from '../workspaces/workspaces.js';
import type { Binding, Bindings } from './binding.js';
import { resumptionPrompt, taskPrompt } from './guidance.js';
import type { IssueReads } from './issue-reads.js';
import { noticingLosses } from './losses.js';
import { rootOn } from './root-on.js';
import { runTurns } from './turns.js';

/** As long as any other message of a session (SPEC 10.4). */
const MAX_MESSAGE = 140;

type StartRun = Extract<Effect, { type: 'startRun' }>;

/** What a run attempt needs of the daemon. */
export interface RunParts {
  readonly bindings: Bindings;
  readonly reads: IssueReads;
  readonly clock: Clock;
  readonly holds: Holds;
  readonly marker: (purpose: string) => string;
  readonly onPhase: (start: StartRun, phase: RunPhase, workspacePath: string | null, host: string) => void;
  readonly onReport: (start: StartRun, report: AgentReport) => void;
  readonly onHook: (report: HookReport) => void;
  /** Opens the transcript of the run's session. */
  readonly openTranscript: (start: StartRun) => Transcript;
}

/**
 * One run attempt (SPEC 7.2, 16.5): workspace, hooks, prompt, session, turns; then the session is closed and `after_run`
 * runs, whatever happened, as soon as the workspace existed. An aborted signal ends it early; the agent's processes have
 * ended before this settles.
 */
export async function runAttempt(parts: RunParts, start: StartRun, signal: AbortSignal): Promise<RunOutcome> {
  const hold = parts.bindings.hold();
  try {
    const issue = parts.reads.known(start.issue.id) ?? (await parts.reads.one(start.issue.id));
    if (issue === null) return { kind: 'issueInactive', issue: null };
    return await new Attempt(parts, start, signal, hold.binding, issue).run();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SymphonyError) return agentFailed(error);
    throw error;
  } finally {
    hold.release();
  }
}

class Attempt {
  readonly #parts: RunParts;
  readonly #start: StartRun;
  readonly #signal: AbortSignal;
  readonly #binding: Binding;
  readonly #issue: Issue;
  readonly #marker: string;
  readonly #host: Host;
  /** Something was done on the host, so going on elsewhere is not the same attempt. */
  #began = false;
  #lost: string | null = null;

  constructor(parts: RunParts, start: StartRun, signal: AbortSignal, binding: Binding, issue: Issue) {
    this.#parts = parts;
    this.#start = start;
    this.#signal = signal;
    this.#binding = binding;
    this.#issue = issue;
    this.#marker = parts.marker(`run-${start.runId}`);
    this.#host = noticingLosses(binding.hosts.get(start.host), (reason) => {
      this.#lost ??= reason;
    });
  }

  async run(): Promise<RunOutcome> {
    const outcome = await this.#caught();
    // Whatever the agent or a hook made of it: what failed was the way to them.
    return this.#lost !== null && BLAMED_ON_HOST.has(outcome.kind) ? this.#unreachable(this.#lost) : outcome;
  }

  async #caught(): Promise<RunOutcome> {
    try {
      return await this.#attempt();
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof SymphonyError)) throw error;
      return error.code === 'host_unreachable' ? this.#unreachable(error.message) : agentFailed(error);
    }
  }

  async #attempt(): Promise<RunOutcome> {
    this.#enter('preparingWorkspace', null);
    const prepared = await this.#step('afterCreate', async () => {
      const { hosts, workflow } = this.#binding;
      await hosts.reach(this.#host.name);
      const root = await rootOn(this.#host, workflow.settings);
      this.#began = true;
      return await prepareWorkspace(root, this.#work(this.#signal));
    });
    if ('kind' in prepared) return prepared;
    this.#enter('preparingWorkspace', prepared.path);
    try {
      return await this.#runIn(prepared.path);
    } finally {
      this.#enter('finishing', prepared.path);
      // A stop must not cost the hook that saves the work; its own timeout bounds it.
      await endRun(prepared, this.#work(null));
    }
  }

  async #runIn(workspacePath: string): Promise<RunOutcome> {
    const failed = await this.#step('beforeRun', async () => {
      await runHook('before_run', { ...this.#work(this.#signal), workspacePath });
      return null;
    });
    if (failed !== null) return failed;
    this.#enter('buildingPrompt', workspacePath);
    const task = await this.#parts.bindings.current.workflow.prompt(this.#issue, this.#start.attempt);
    this.#signal.throwIfAborted();
    this.#enter('launchingAgent', workspacePath);
    const transcript = this.#parts.openTranscript(this.#start);
    try {
      const session = await this.#startSession(workspacePath, transcript);
      try {
        this.#enter('streamingTurn', workspacePath);
        const answered = this.#start.thread?.answered ?? null;
        const prompt = session.isResumed ? resumptionPrompt(answered) : taskPrompt(task, answered);
        return await this.#runTurns(session, prompt);
      } finally {
        await session.close();
      }
    } finally {
      transcript.close();
    }
  }

  #startSession(workspacePath: string, transcript: Transcript): Promise<AgentSession> {
    const { agent, tracker, workflow } = this.#binding;
    return agent.startSession({
      host: this.#host,
      workspacePath,
      issue: this.#issue,
      settings: workflow.settings,
      tools: tracker.tools,
      env: hookEnvironment(this.#issue, workspacePath, this.#start.attempt),
      marker: this.#marker,
      resume: threadFor(this.#start, workflow.settings.codex),
      transcript,
      onReport: (report) => this.#parts.onReport(this.#start, report),
      signal: this.#signal,
    });
  }

  #runTurns(session: AgentSession, prompt: string): Promise<RunOutcome> {
    const { bindings, clock, reads } = this.#parts;
    return runTurns({
      session,
      prompt,
      clock,
      signal: this.#signal,
      maxTurns: () => bindings.current.workflow.settings.agent.maxTurns,
      tracker: () => bindings.current.workflow.settings.tracker,
      refresh: () => reads.one(this.#issue.id),
      onWait: ({ message }, delayMs) => {
        const seconds = Math.ceil(delayMs / 1_000);
        const told = `waits ${seconds} s for the tracker: ${message}`.slice(0, MAX_MESSAGE);
        this.#parts.onReport(this.#start, { event: 'notification', message: told });
      },
    });
  }

  /** Does one step of preparing the workspace; an expected failure is its outcome. */
  async #step<T>(step: WorkspaceStep, operation: () => Promise<T>): Promise<T | RunOutcome> {
    try {
      // Not raced with the signal: a hook heeds it, and its tree must be gone before this attempt counts as over.
      return await operation();
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof SymphonyError)) throw error;
      return error.code === 'host_unreachable'
        ? this.#unreachable(error.message)
        : workspaceFailed(step, error);
    }
  }

  #unreachable(detail: string): RunOutcome {
    const host = this.#host.name;
    return { kind: 'hostUnreachable', host, began: this.#began, detail: withoutName(host, detail) };
  }

  #work(signal: AbortSignal | null): WorkspaceWork {
    const { bindings, clock, holds, onHook } = this.#parts;
    return {
      host: this.#host,
      clock,
      holds,
      isRootShared: bindings.current.workflow.settings.workspace.isShared,
      hooks: bindings.current.workflow.settings.hooks,
      issue: this.#issue,
      attempt: this.#start.attempt,
      withoutEnv: this.#binding.tracker.tools.secretEnvironmentNames,
      marker: this.#marker,
      signal,
      onReport: onHook,
    };
  }

  #enter(phase: RunPhase, workspacePath: string | null): void {
    this.#parts.onPhase(this.#start, phase, workspacePath, this.#host.name);
  }
}

/** The thread to go on with; without one, what a person approved has to be known to the session all the same. */
function threadFor({ thread }: StartRun, { resume }: Pick<CodexSettings, 'resume'>): ThreadRef | null {
  if (thread === null || resume) return thread;
  return thread.answered === null ? null : { threadId: '', answered: thread.answered };
}

function workspaceFailed(step: WorkspaceStep, error: SymphonyError): RunOutcome {
  const isHook = error.code === 'workspace_hook_failed' || error.code === 'workspace_hook_timeout';
  return { kind: 'workspaceFailed', step: isHook ? step : 'prepare', detail: error.message };
}

/** Outcomes that a lost way to the host looks like. */
const BLAMED_ON_HOST: ReadonlySet<RunOutcome['kind']> = new Set([
  'agentFailed',
  'timedOut',
  'workspaceFailed',
]);

function agentFailed(error: SymphonyError): RunOutcome {
  const failure = AGENT_FAILURES.find((code) => code === error.code);
  if (failure !== undefined) return { kind: 'agentFailed', reason: failure, detail: error.message };
  const reason = error.code.startsWith('tracker_') ? 'issue_refresh_failed' : 'internal_error';
  return { kind: 'agentFailed', reason, detail: errorMessage(error) };
}
