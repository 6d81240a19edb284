import type { Api } from '../api/server.js';
import type { Explainer } from '../domain/explanation.js';
import type { Commands, SnapshotSource } from '../domain/snapshot.js';
import type { TranscriptSource } from '../domain/transcript.js';
import type { WebhookReceiver } from '../domain/webhook.js';
import type { Workflow } from '../domain/workflow.js';
import { systemClock } from '../engine/system-clock.js';
import { callerRefusal, openCallerProofs } from '../hosts/caller-proof.js';
import { agentRefusal } from '../hosts/peer-process.js';
import type { History } from '../observe/history.js';
import type { OwnedLogger } from '../observe/logger.js';
import { redactedSource, type Secrets } from '../observe/redact.js';
import { redactedCommands } from '../observe/redacted-commands.js';
import { redactedExplainer } from '../observe/redacted-explainer.js';
import { openSocketPlace, type SocketPlace, socketIdentity } from '../stores/socket-path.js';
import { trackerAdapters } from '../trackers/registry.js';
import { type WebPage, webPages } from '../web/pages.js';
import { serverToken } from '../workflow/server-settings.js';

/** What people see and order with is opened on. */
export interface SurfaceParts {
  readonly workflow: Workflow;
  readonly stateDirectory: string;
  readonly token: string;
  readonly secrets: Secrets;
  readonly logger: OwnedLogger;
  readonly snapshots: SnapshotSource;
  readonly explainer: Explainer;
  readonly commands: Commands;
  readonly history: History;
  readonly transcripts: TranscriptSource;
  readonly webhook: WebhookReceiver;
  /** Where the workspaces are; agents are known by working there. */
  readonly workspaceRoot: () => string;
  /** Overrides `server.port`; null leaves it to the workflow file. */
  readonly port: number | null;
  readonly dashboard: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  /** Takes what is to be ended with the daemon. */
  readonly own: (end: () => Promise<void> | void) => void;
}

/** The surfaces of one daemon: its port, its socket and its terminal, all over the same snapshots and orders. */
export class Surfaces {
  readonly #parts: SurfaceParts;
  readonly #source: SnapshotSource;
  readonly #explainer: Explainer;
  readonly #commands: Commands;
  /** That of the workflow file, if it gives one; nothing may show it. */
  readonly #portToken: string | null;
  #api: Api | null = null;
  #url: string | null = null;
  #place: SocketPlace | null = null;
  /** Of the socket that this daemon listens at. */
  #socket: string | null = null;

  constructor(parts: SurfaceParts) {
    const { secrets, explainer, snapshots } = parts;
    this.#parts = parts;
    this.#portToken = serverToken(parts.workflow.settings.server, parts.env);
    if (this.#portToken !== null) secrets.add([this.#portToken]);
    this.#source = redactedSource(snapshots, secrets);
    this.#commands = redactedCommands(parts.commands, snapshots, secrets);
    this.#explainer = redactedExplainer(explainer, secrets);
  }

  /**
   * Opens the port where one was asked for; before anything is dispatched, since a port that is taken keeps the daemon from
   * starting. Returns its address.
   * @throws SymphonyError `server_port_unavailable`
   */
  async openPort(): Promise<string | null> {
    const { workflow, port, logger, dashboard, stdout } = this.#parts;
    if ((port ?? workflow.settings.server.port) === null) return null;
    const { url } = await (await this.#createdApi()).listen();
    this.#url = url;
    logger.info('http api listening', { url });
    if (!dashboard) stdout.write(`${url}\n`);
    return url;
  }

  /** Opens the socket for the command line; a daemon without it works all the same. */
  async openSocket(): Promise<void> {
    const { logger, own } = this.#parts;
    own(() => this.#place?.close());
    try {
      await this.#listenOnSocket();
    } catch (error) {
      logger.error('socket not opened, "symphony status" and its like cannot reach this daemon', { error });
    }
  }

  /**
   * Opens the socket again, unless commands still find it.
   * @throws SymphonyError `state_directory_unavailable`
   */
  async restoreSocket(): Promise<void> {
    const { stateDirectory } = this.#parts;
    if (this.#socket === null || this.#socket !== (await socketIdentity(stateDirectory)))
      await this.#listenOnSocket();
    else await openCallerProofs(stateDirectory);
  }

  /** Leaves the place of the socket to the daemon that has the state directory by now. */
  leaveSocket(): void {
    this.#place = null;
    this.#api?.leaveSocket();
  }

  async #listenOnSocket(): Promise<void> {
    const { stateDirectory, env, logger } = this.#parts;
    await openCallerProofs(stateDirectory);
    this.#place = await openSocketPlace(stateDirectory, { env });
    await (await this.#createdApi()).listenOnSocket(this.#place.path);
    this.#socket = await socketIdentity(stateDirectory);
    logger.info('socket listening', { path: this.#place.path });
  }

  /** Shows the terminal dashboard where there is a terminal and nobody forbids it. */
  async showDashboard(): Promise<void> {
    const { workflow, logger, stdout, own, history } = this.#parts;
    const commands = this.#commands;
    const { observability } = workflow.settings;
    if (!this.#parts.dashboard) return;
    if (!observability.dashboardEnabled) {
      logger.setConsole('pretty');
      return;
    }
    const [{ startDashboard }, { LocalStation }] = await Promise.all([
      import('../dashboard/start.js'),
      import('../dashboard/local-station.js'),
    ]);
    const station = new LocalStation({
      source: this.#source,
      explainer: this.#explainer,
      commands,
      history,
    });
    const dashboard = await startDashboard({
      station,
      stdin: process.stdin,
      stdout,
      settings: observability,
      links: { dashboardUrl: this.#url, project: this.#projectUrl() },
      mode: 'daemon',
      now: () => systemClock.wallMs(),
      onQuit: (kind) => {
        if (kind === 'drain') commands.orderDispatch('drain');
        else process.kill(process.pid, 'SIGINT');
      },
    });
    own(() => dashboard.stop());
  }

  /** The page's files; a working copy that was never built has none, and works without. */
  #pages(): readonly WebPage[] {
    try {
      return webPages();
    } catch (error) {
      this.#parts.logger.warn('the web page is not served', { error });
      return [];
    }
  }

  #projectUrl(): string | null {
    const { workflow, env } = this.#parts;
    const { tracker } = workflow.settings;
    return trackerAdapters.get(tracker.kind)?.projectUrl?.(tracker, env) ?? null;
  }

  async #createdApi(): Promise<Api> {
    if (this.#api !== null) return this.#api;
    const { createApi } = await import('../api/server.js');
    const { workflow, port, logger, own, token, stateDirectory, workspaceRoot } = this.#parts;
    const { history, transcripts, webhook } = this.#parts;
    const { server } = workflow.settings;
    const api = createApi({
      source: this.#source,
      explainer: this.#explainer,
      commands: this.#commands,
      ...{ history, transcripts, webhook },
      operator: {
        token: this.#portToken ?? token,
        socketToken: token,
        refusalOf: (caller) =>
          caller.kind === 'socket'
            ? callerRefusal(caller, { workspaceRoot: workspaceRoot(), stateDirectory })
            : agentRefusal(caller, { workspaceRoot: workspaceRoot() }),
      },
      links: () => ({ dashboard: this.#url, project: this.#projectUrl() }),
      allowedHosts: server.allowedHosts,
      pages: this.#pages(),
      log: logger,
      now: () => systemClock.wallMs(),
      host: server.host,
      port: port ?? server.port ?? 0,
    });
    this.#api = api;
    own(() => api.close());
    return api;
  }
}
