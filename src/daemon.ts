import path from 'node:path';
import { type AdapterParts, bindAdapters, TrackerListener } from './adapters.js';
import { Notices } from './agents/notices.js';
import { AGENT_KINDS } from './agents/registry.js';
import type { Event } from './core/events.js';
import { isIdle } from './core/idle.js';
import { SymphonyError } from './domain/error.js';
import type { Workflow } from './domain/workflow.js';
import { Bindings } from './engine/binding.js';
import { within } from './engine/bounded.js';
import { Orchestrator } from './engine/orchestrator.js';
import { failureOf } from './engine/perform.js';
import { systemClock } from './engine/system-clock.js';
import { farewell, Tally } from './engine/tally.js';
import { createHosts } from './hosts/hosts.js';
import { History } from './observe/history.js';
import { createLogger, issueContext, type OwnedLogger } from './observe/logger.js';
import { type LogLine, narrate } from './observe/narrate.js';
import { Secrets } from './observe/redact.js';
import { agentLine, hookLine } from './observe/run-lines.js';
import { TranscriptReader } from './observe/transcript-reader.js';
import { Transcripts } from './observe/transcripts.js';
import type { Clock } from './ports/clock.js';
import { Rebinding } from './rebinding.js';
import { openDurableClock } from './stores/durable-clock.js';
import { memoryStore } from './stores/memory.js';
import { keepOperatorToken, restoreOperatorToken } from './stores/operator-token.js';
import { defaultStateDirectory, openStateDirectory, type StateDirectory } from './stores/state-directory.js';
import { type Restore, StateDirectoryWatch } from './stores/state-directory-watch.js';
import { Surfaces } from './surfaces.js';
import { plainLine } from './trackers/plain-line.js';
import { trackerAdapters } from './trackers/registry.js';
import { type LoadContext, loadWorkflow } from './workflow/load.js';
import { serverTokenNames } from './workflow/server-settings.js';
import { WorkflowWatch } from './workflow/watch.js';

/** A stop by signal takes at most about this long; then what still lives is killed. */
const DRAIN_LIMIT_MS = 7_000;
/** Past this the rest is left to the supervisors, which go on ending their trees when the daemon has gone. */
const CLOSE_LIMIT_MS = 2_500;

/** Characters of one text from outside in a summary. */
const LONGEST_SHOWN = 300;

/** What the command line asks of the daemon. */
export interface DaemonOptions {
  readonly workflowPath: string;
  /** Overrides `server.port`; null leaves it to the workflow file. */
  readonly port: number | null;
  readonly logsRoot: string | null;
  readonly stateDir: string | null;
  readonly untilIdle: boolean;
  readonly dashboard: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** How a daemon came to its end. */
export type DaemonEnd =
  | { readonly kind: 'idle'; readonly summary: string; readonly failed: boolean }
  /** `farewell` tells in one line what was ended. */
  | { readonly kind: 'stopped'; readonly farewell: string }
  | { readonly kind: 'crashed'; readonly error: unknown };

/** A running daemon. */
export interface Daemon {
  readonly url: string | null;
  /** Settles when the daemon has ended by itself or after `stop`. */
  readonly ended: Promise<DaemonEnd>;
  stop(reason: 'signal'): Promise<void>;
}

/**
 * Starts everything.
 * @throws SymphonyError for whatever keeps it from starting; then nothing is left running
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const daemon = new RunningDaemon(options);
  try {
    await daemon.start();
    return daemon;
  } catch (error) {
    await daemon.close();
    throw error;
  }
}

/** Who is told what happens. */
interface Observers {
  readonly transcripts: Transcripts;
  readonly history: History;
  readonly logger: OwnedLogger;
}

class RunningDaemon implements Daemon {
  readonly ended: Promise<DaemonEnd>;
  readonly #options: DaemonOptions;
  readonly #context: LoadContext;
  readonly #secrets = new Secrets();
  readonly #tally = new Tally();
  /** What the tracker's adapter said of records that it could not read as they were written. */
  readonly #reported = new Set<string>();
  /** What to end, newest last; each was started by this daemon. */
  readonly #owned: (() => Promise<void> | void)[] = [];
  #settle: (end: DaemonEnd) => void = () => {};
  #url: string | null = null;
  #stopping: Promise<void> | null = null;
  #orchestrator: Orchestrator | null = null;
  #logger: OwnedLogger | null = null;
  #clock: Clock = systemClock;
  readonly #listener = new TrackerListener({
    trackerChanged: () => this.#orchestrator?.post({ type: 'trackerChanged' }),
    issuesChanged: (issueIds) => this.#orchestrator?.post({ type: 'issuesChanged', issueIds }),
  });

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#context = { env: options.env, known: { trackers: trackerAdapters, agents: AGENT_KINDS } };
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get url(): string | null {
    return this.#url;
  }

  async start(): Promise<void> {
    const { workflowPath, stateDir } = this.#options;
    const workflow = await loadWorkflow(workflowPath, this.#context);
    const state = await openStateDirectory(stateDir ?? defaultStateDirectory(workflow.path));
    this.#owned.push(() => state.release());
    const logger = this.#openLog(state.path);
    warnAbout(workflow, logger);
    const token = await keepOperatorToken(state.path);
    this.#secrets.add([token]);
    const saveClock = await this.#continueClock(state.path, logger);
    const transcripts = this.#keepTranscripts(state.path, logger);
    const hosts = createHosts({
      env: this.#options.env,
      withheld: serverTokenNames(workflow.settings.server),
      clock: this.#clock,
      onLink: (host, link) => this.#orchestrator?.post({ type: 'linkChanged', host, link }),
    });
    this.#owned.push(() => within(systemClock, CLOSE_LIMIT_MS, hosts.close()));
    const parts: AdapterParts = {
      env: this.#options.env,
      clock: this.#clock,
      hosts,
      secrets: this.#secrets,
      notice: (message) => logger.info('tracker notice', { notice: message }),
      notices: new Notices((code, message) => logger.warn('agent warning', { code, reason: message })),
    };
    const early: { code: string; message: string }[] = [];
    const first = await bindAdapters(workflow, parts, (problem) => this.#report(problem, early));
    const bindings = new Bindings(first, (error) => logger.warn('tracker close failed', { error }));
    this.#owned.push(() => bindings.close());
    this.#owned.push(() => this.#listener.close());
    const history = new History({
      secrets: this.#secrets,
      now: () => systemClock.wallMs(),
      onListenerFailed: (error) => logger.error('a follower of events failed', { error }),
    });
    const observers = { transcripts, history, logger };
    const orchestrator = this.#createOrchestrator(bindings, parts, observers, state.path);
    const surfaces = new Surfaces({
      ...this.#options,
      ...{ workflow, logger, token, history },
      stateDirectory: state.path,
      secrets: this.#secrets,
      snapshots: orchestrator.snapshots,
      explainer: orchestrator.explainer,
      commands: orchestrator,
      transcripts: new TranscriptReader({ transcripts, secrets: this.#secrets }),
      webhook: this.#listener,
      workspaceRoot: () => bindings.current.workflow.settings.workspace.root,
      own: (end) => this.#owned.push(end),
    });
    this.#url = await surfaces.openPort();
    this.#listener.follow(first);
    orchestrator.start();
    for (const problem of early) orchestrator.post({ type: 'problemReported', ...problem });
    await surfaces.openSocket();
    this.#watchState(state, surfaces, [
      () => restoreOperatorToken(state.path, token),
      () => surfaces.restoreSocket(),
      saveClock,
      () => transcripts.restore(),
    ]);
    await surfaces.showDashboard();
  }

  stop(): Promise<void> {
    return this.#end(this.#stopEnd());
  }

  /** Ends what was started, newest first; one that fails does not keep the others. */
  async close(): Promise<void> {
    for (let end = this.#owned.pop(); end !== undefined; end = this.#owned.pop()) {
      try {
        await end();
      } catch (error) {
        this.#logger?.error('shutdown step failed', { error });
      }
    }
  }

  #end(end: DaemonEnd): Promise<void> {
    this.#stopping ??= (async () => {
      await this.#orchestrator?.shutDown(DRAIN_LIMIT_MS);
      this.#logger?.info('symphony stopped', { outcome: end.kind });
      await this.close();
      this.#settle(end);
    })();
    return this.#stopping;
  }

  #openLog(stateDirectory: string): OwnedLogger {
    const { logsRoot, dashboard, stderr } = this.#options;
    const logger = createLogger({
      logsRoot: logsRoot ?? stateDirectory,
      console: dashboard ? 'off' : 'pretty',
      secrets: this.#secrets,
      stream: stderr,
      onSinkFailure: (message) => {
        this.#orchestrator?.post({ type: 'problemReported', code: 'log_sink_failed', message });
      },
    });
    this.#logger = logger;
    this.#owned.push(() => logger.close());
    return logger;
  }

  async #continueClock(directory: string, logger: OwnedLogger): Promise<() => Promise<void>> {
    const { clock, save, close } = await openDurableClock(directory, systemClock, (message) =>
      logger.warn('clock not kept', { reason: message }),
    );
    this.#clock = clock;
    this.#owned.push(close);
    return save;
  }

  /** A state directory that is removed is made anew; one that another daemon has taken meanwhile ends this one. */
  #watchState(directory: StateDirectory, surfaces: Surfaces, restore: readonly Restore[]): void {
    const watch = new StateDirectoryWatch({
      ...{ directory, clock: this.#clock, restore },
      onProblem: (problem) => this.#report(problem, []),
      onTaken: (error) => {
        surfaces.leaveSocket();
        void this.#end({ kind: 'crashed', error });
      },
    });
    watch.start();
    this.#owned.push(() => watch.close());
  }

  #keepTranscripts(stateDirectory: string, logger: OwnedLogger): Transcripts {
    const transcripts = new Transcripts({
      directory: path.join(stateDirectory, 'transcripts'),
      secrets: this.#secrets,
      now: () => systemClock.wallMs(),
      onProblem: (message) => logger.warn('transcripts not kept', { reason: message }),
    });
    this.#owned.push(() => within(systemClock, CLOSE_LIMIT_MS, transcripts.close()));
    return transcripts;
  }

  /** What an adapter reports before there is an orchestrator waits for it. */
  #report(problem: { code: string; message: string }, early: { code: string; message: string }[]): void {
    if (this.#options.untilIdle && problem.code === 'tracker_response') this.#reported.add(problem.message);
    if (this.#orchestrator === null) early.push(problem);
    else this.#orchestrator.post({ type: 'problemReported', ...problem });
  }

  #createOrchestrator(
    bindings: Bindings,
    parts: AdapterParts,
    { transcripts, history, logger }: Observers,
    stateDirectory: string,
  ): Orchestrator {
    const rebinding = new Rebinding({
      ...{ bindings, clock: this.#clock, adapters: parts, listener: this.#listener },
      orchestrator: () => orchestrator,
      isEnding: () => this.#stopping !== null,
      warnAbout: (workflow) => warnAbout(workflow, logger),
      report: (problem) => this.#report(problem, []),
    });
    const watch = new WorkflowWatch(bindings.current.workflow, this.#clock, this.#context, {
      onReload: (next) => rebinding.add(next),
      onBreak: (error) => {
        rebinding.forget();
        orchestrator.post({ type: 'workflowBroke', failure: failureOf(error) });
      },
      onWatchFailed: (error) => logger.warn('workflow watch failed, polling it instead', { error }),
    });
    const log = ({ level, message, fields }: LogLine): void => logger.log(level, message, fields);
    const orchestrator = new Orchestrator({
      bindings,
      clock: this.#clock,
      store: memoryStore(),
      stateDirectory,
      checkWorkflow: async () => {
        await watch.check();
        await rebinding.settled();
      },
      observe: (event, decision, before) => {
        for (const line of narrate(event, decision, before)) log(line);
        history.observe(event, decision, before);
        this.#tally.observe(event, decision, before);
        if (this.#options.untilIdle) this.#noticeIdle();
        if (before.mode === 'running' && decision.state.mode === 'stopping') this.#noticeStop(event);
      },
      onAgentReport: (start, report) => {
        log(agentLine(start.issue, report));
        history.agentReported(start, report);
      },
      onHook: (report) => {
        log(hookLine(report));
        history.hookReported(report);
      },
      openTranscript: ({ issue, runId }) => transcripts.open(issue.identifier, runId),
      onUnforeseen: (error, { issue }) => logger.error('run met a bug', { ...issueContext(issue), error }),
      onBug: (error, event) => {
        logger.error('decision failed, this is a bug in Symphony', { event: event.type, error });
        void this.#end({ kind: 'crashed', error });
      },
    });
    this.#orchestrator = orchestrator;
    watch.start();
    this.#owned.push(() => watch.close());
    return orchestrator;
  }

  /** Ends the daemon once nothing is left that it could do by itself. */
  #noticeIdle(): void {
    // The step that is being observed has not been performed yet.
    setImmediate(() => {
      const state = this.#orchestrator?.state;
      if (state !== undefined && this.#stopping === null && isIdle(state)) void this.#end(this.#idleEnd());
    });
  }

  /** The core let everything end by itself: it was drained, or its journal failed. */
  #noticeStop(event: Event): void {
    const end: DaemonEnd =
      event.type === 'storeFailed'
        ? { kind: 'crashed', error: new SymphonyError('store_failed', event.failure.message) }
        : this.#stopEnd();
    if (event.type !== 'shutdownRequested') setImmediate(() => void this.#end(end));
  }

  #idleEnd(): DaemonEnd {
    const snapshot = this.#orchestrator?.snapshots.current();
    // Whatever is still known when nothing can be done by itself waits for somebody else.
    const left = this.#orchestrator?.explainer.board() ?? [];
    const summary = this.#tally.summary({
      tokens: snapshot?.totals.totalTokens ?? 0,
      elapsedMs: systemClock.wallMs() - (snapshot?.startedAtMs ?? systemClock.wallMs()),
      left: left.map(({ identifier, standing, reason }) => ({
        identifier,
        isBlocked: standing === 'blocked',
        reason: this.#shown(reason),
      })),
      reported: [...this.#reported].map((message) => this.#shown(message)),
      logPath: this.#logPath(),
    });
    return { kind: 'idle', summary: this.#secrets.redact(summary), failed: left.length > 0 };
  }

  #stopEnd(): DaemonEnd {
    const runs = this.#orchestrator?.state.slots.held ?? 0;
    return { kind: 'stopped', farewell: farewell(runs, this.#logPath()) };
  }

  /** Text from outside for a terminal. */
  #shown(text: string): string {
    return plainLine(this.#secrets.redact(text), LONGEST_SHOWN);
  }

  #logPath(): string {
    return path.join(this.#options.logsRoot ?? this.#stateLogRoot(), 'log', 'symphony.log');
  }

  #stateLogRoot(): string {
    return this.#options.stateDir ?? defaultStateDirectory(path.resolve(this.#options.workflowPath));
  }
}

function warnAbout({ warnings, path: file }: Workflow, logger: OwnedLogger): void {
  for (const { code, key, line, message } of warnings) {
    logger.warn('workflow warning', { code, key, line, file, reason: message });
  }
}
