import { Notices } from './agents/notices.js';
import { AGENT_KINDS } from './agents/registry.js';
import type { Event } from './core/events.js';
import { isIdle } from './core/idle.js';
import { type AdapterParts, bindAdapters, TrackerListener } from './daemon/adapters.js';
import { crashBy, type DaemonEnd, idleEnd, stoppedEnd } from './daemon/daemon-end.js';
import { followWorkflow } from './daemon/follow-workflow.js';
import { type KeptState, openKeptState } from './daemon/kept-state.js';
import { logPathOf, openLog, warnAbout } from './daemon/log.js';
import { type Observers, tellObservers } from './daemon/observers.js';
import { type DaemonOptions, stateDirectoryOf } from './daemon/options.js';
import { Problems } from './daemon/problems.js';
import { Shutdown } from './daemon/shutdown.js';
import { Surfaces } from './daemon/surfaces.js';
import type { Workflow } from './domain/workflow.js';
import { Bindings } from './engine/binding.js';
import { Orchestrator } from './engine/orchestrator.js';
import { systemClock } from './engine/system-clock.js';
import { Tally } from './engine/tally.js';
import { createHosts } from './hosts/hosts.js';
import { History } from './observe/history.js';
import type { Logger, OwnedLogger } from './observe/logger.js';
import { Secrets } from './observe/redact.js';
import { TranscriptReader } from './observe/transcript-reader.js';
import type { Clock } from './ports/clock.js';
import { openStateDirectory } from './stores/state-directory.js';
import { trackerAdapters } from './trackers/registry.js';
import { type LoadContext, loadWorkflow } from './workflow/load.js';
import { serverTokenNames } from './workflow/server-settings.js';

export type { DaemonEnd, DaemonOptions };

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

/** What an orchestrator is made with, besides what every daemon has. */
interface Made extends Pick<Observers, 'history' | 'logger'> {
  readonly bindings: Bindings;
  readonly adapters: AdapterParts;
  readonly kept: KeptState;
  readonly stateDirectory: string;
}

class RunningDaemon implements Daemon {
  readonly #options: DaemonOptions;
  readonly #context: LoadContext;
  readonly #secrets = new Secrets();
  readonly #tally = new Tally();
  readonly #problems: Problems;
  readonly #shutdown = new Shutdown({
    logger: () => this.#logger,
    endRuns: async (limitMs) => await this.#orchestrator?.shutDown(limitMs),
  });
  readonly #listener = new TrackerListener({
    trackerChanged: () => this.#orchestrator?.post({ type: 'trackerChanged' }),
    issuesChanged: (issueIds) => this.#orchestrator?.post({ type: 'issuesChanged', issueIds }),
  });
  #url: string | null = null;
  #logger: OwnedLogger | null = null;
  #orchestrator: Orchestrator | null = null;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#context = { env: options.env, known: { trackers: trackerAdapters, agents: AGENT_KINDS } };
    this.#problems = new Problems({ keepsUnread: options.untilIdle });
  }

  get url(): string | null {
    return this.#url;
  }

  get ended(): Promise<DaemonEnd> {
    return this.#shutdown.ended;
  }

  stop(): Promise<void> {
    return this.#shutdown.begin(this.#stoppedEnd());
  }

  /** Ends what was started by a start that failed. */
  close(): Promise<void> {
    return this.#shutdown.close();
  }

  async start(): Promise<void> {
    const workflow = await loadWorkflow(this.#options.workflowPath, this.#context);
    const directory = await openStateDirectory(stateDirectoryOf(this.#options));
    const shutdown = this.#shutdown;
    shutdown.own(() => directory.release());
    const logger = this.#openLog();
    warnAbout(workflow, logger);
    const kept = await openKeptState(directory, {
      ...{ logger, shutdown },
      secrets: this.#secrets,
      report: this.#problems.report,
    });
    const adapters = this.#adapterParts(workflow, kept.clock, logger);
    const first = await bindAdapters(workflow, adapters, this.#problems.report);
    const bindings = new Bindings(first, (error) => logger.warn('tracker close failed', { error }));
    shutdown.own(() => bindings.close());
    shutdown.own(() => this.#listener.close());
    const history = new History({
      secrets: this.#secrets,
      now: () => systemClock.wallMs(),
      onListenerFailed: (error) => logger.error('a follower of events failed', { error }),
    });
    const stateDirectory = directory.path;
    const made = { bindings, adapters, kept, logger, history, stateDirectory };
    const orchestrator = this.#createOrchestrator(made);
    const surfaces = new Surfaces({
      ...this.#options,
      ...{ workflow, logger, history, stateDirectory },
      token: kept.token,
      secrets: this.#secrets,
      snapshots: orchestrator.snapshots,
      explainer: orchestrator.explainer,
      commands: orchestrator,
      transcripts: new TranscriptReader({ transcripts: kept.transcripts, secrets: this.#secrets }),
      webhook: this.#listener,
      workspaceRoot: () => bindings.current.workflow.settings.workspace.root,
      own: (end) => shutdown.own(end),
    });
    this.#url = await surfaces.openPort();
    this.#listener.follow(first);
    orchestrator.start(kept.facts);
    this.#problems.passTo((problem) => orchestrator.post({ type: 'problemReported', ...problem }));
    await surfaces.openSocket();
    kept.watch({
      onProblem: this.#problems.report,
      onTaken: (error) => {
        surfaces.leaveSocket();
        void shutdown.begin({ kind: 'crashed', error });
      },
      restoreSocket: () => surfaces.restoreSocket(),
    });
    await surfaces.showDashboard();
  }

  #openLog(): OwnedLogger {
    const logger = openLog(this.#options, {
      secrets: this.#secrets,
      onSinkFailure: (message) => {
        this.#orchestrator?.post({ type: 'problemReported', code: 'log_sink_failed', message });
      },
    });
    this.#logger = logger;
    this.#shutdown.own(() => logger.close());
    return logger;
  }

  #adapterParts({ settings }: Workflow, clock: Clock, logger: Logger): AdapterParts {
    const hosts = createHosts({
      env: this.#options.env,
      withheld: serverTokenNames(settings.server),
      clock,
      onLink: (host, link) => this.#orchestrator?.post({ type: 'linkChanged', host, link }),
    });
    this.#shutdown.ownBounded(() => hosts.close());
    return {
      ...{ env: this.#options.env, clock, hosts, secrets: this.#secrets },
      notice: (message) => logger.info('tracker notice', { notice: message }),
      notices: new Notices((code, message) => logger.warn('agent warning', { code, reason: message })),
    };
  }

  #createOrchestrator({ bindings, adapters, kept, logger, history, stateDirectory }: Made): Orchestrator {
    const { clock, transcripts } = kept;
    const workflow = followWorkflow({
      ...{ bindings, clock, adapters, logger },
      context: this.#context,
      listener: this.#listener,
      orchestrator: () => orchestrator,
      isEnding: () => this.#shutdown.hasBegun,
      report: this.#problems.report,
    });
    const told = tellObservers({ logger, history, tally: this.#tally, report: this.#problems.report });
    const orchestrator = new Orchestrator({
      ...told,
      ...{ bindings, clock, stateDirectory },
      store: kept.journal,
      checkWorkflow: () => workflow.check(),
      observe: (event, decision, before) => {
        told.observe(event, decision, before);
        if (this.#options.untilIdle) this.#noticeIdle();
        if (before.mode === 'running' && decision.state.mode === 'stopping') this.#noticeStop(event);
      },
      openTranscript: ({ issue, runId }) => transcripts.open(issue.identifier, runId),
      onBug: (error, event) => {
        logger.error('decision failed, this is a bug in Symphony', { event: event.type, error });
        void this.#shutdown.begin({ kind: 'crashed', error });
      },
    });
    this.#orchestrator = orchestrator;
    workflow.start();
    this.#shutdown.own(() => workflow.close());
    return orchestrator;
  }

  /** Ends the daemon once nothing is left that it could do by itself. */
  #noticeIdle(): void {
    // The step that is being observed has not been performed yet.
    setImmediate(() => {
      const orchestrator = this.#orchestrator;
      if (orchestrator === null || this.#shutdown.hasBegun || !isIdle(orchestrator.state)) return;
      void this.#shutdown.begin(this.#idleEnd(orchestrator));
    });
  }

  /** The core let everything end by itself: it was drained, or its journal failed. */
  #noticeStop(event: Event): void {
    const end = crashBy(event) ?? this.#stoppedEnd();
    if (event.type !== 'shutdownRequested') setImmediate(() => void this.#shutdown.begin(end));
  }

  #idleEnd({ snapshots, explainer }: Orchestrator): DaemonEnd {
    return idleEnd({
      tally: this.#tally,
      snapshot: snapshots.current(),
      left: explainer.board(),
      reported: this.#problems.unread,
      logPath: logPathOf(this.#options),
      secrets: this.#secrets,
      wallMs: systemClock.wallMs(),
    });
  }

  #stoppedEnd(): DaemonEnd {
    const runs = this.#orchestrator?.state.slots.held ?? 0;
    return stoppedEnd(runs, logPathOf(this.#options));
  }
}
