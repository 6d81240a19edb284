import type { ApiOptions } from './api/server.js';
import type { LocalStationParts } from './dashboard/local-station.js';
import type { Workflow } from './domain/workflow.js';
import { systemClock } from './engine/system-clock.js';
import type { OwnedLogger } from './observe/logger.js';
import { trackerAdapters } from './trackers/registry.js';
import { webPages } from './web/pages.js';

/** What surfaces are opened with. */
export interface SurfaceOptions {
  readonly workflow: Workflow;
  readonly logger: OwnedLogger;
  /** Overrides `server.port`; null leaves it to the workflow file. */
  readonly port: number | null;
  readonly dashboard: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  /** Takes what is to be ended with the daemon. */
  readonly own: (end: () => Promise<void> | void) => void;
}

type ApiParts = Omit<ApiOptions, 'log' | 'now' | 'host' | 'port' | 'pages'>;

/** Opens the HTTP API; null when no port was asked for. */
export async function serveApi(options: SurfaceOptions, parts: ApiParts): Promise<string | null> {
  const { workflow, logger, dashboard, stdout, own } = options;
  const { server } = workflow.settings;
  const port = options.port ?? server.port;
  if (port === null) return null;
  const { createApi } = await import('./api/server.js');
  const api = createApi({
    ...parts,
    pages: webPages(),
    log: logger,
    now: () => systemClock.wallMs(),
    host: server.host,
    port,
  });
  own(() => api.close());
  const { url } = await api.listen();
  logger.info('http api listening', { url });
  if (!dashboard) stdout.write(`${url}\n`);
  return url;
}

/** Shows the terminal dashboard where there is a terminal and nobody forbids it. */
export async function showDashboard(
  { workflow, logger, dashboard: wanted, env, stdout, own }: SurfaceOptions,
  parts: LocalStationParts,
  dashboardUrl: string | null,
): Promise<void> {
  const { observability, tracker } = workflow.settings;
  if (!wanted) return;
  if (!observability.dashboardEnabled) {
    logger.setConsole('pretty');
    return;
  }
  const [{ startDashboard }, { LocalStation }] = await Promise.all([
    import('./dashboard/start.js'),
    import('./dashboard/local-station.js'),
  ]);
  const project = trackerAdapters.get(tracker.kind)?.projectUrl?.(tracker, env) ?? null;
  const dashboard = await startDashboard({
    station: new LocalStation(parts),
    stdin: process.stdin,
    stdout,
    settings: observability,
    links: { dashboardUrl, project },
    mode: 'daemon',
    now: () => systemClock.wallMs(),
    onQuit: (kind) => {
      if (kind === 'drain') parts.commands.orderDispatch('drain');
      else process.kill(process.pid, 'SIGINT');
    },
  });
  own(() => dashboard.stop());
}
