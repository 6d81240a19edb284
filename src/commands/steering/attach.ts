import { RemoteStation } from '../../client/remote-station.js';
import { startDashboard } from '../../dashboard/start.js';
import { SymphonyError } from '../../domain/error.js';
import { daemonOf, type Target } from './connection.js';
import { interruption } from './interruption.js';

/** As the dashboard of the daemon itself is drawn unless its workflow file says otherwise. */
const SETTINGS = { refreshMs: 1_000, renderIntervalMs: 100 };

/** What `symphony attach` was asked. */
export interface AttachOptions extends Target {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** `TERM`: what kind of terminal this is. */
  readonly terminalName: string | undefined;
}

/**
 * Shows the dashboard of a running daemon on this terminal until the operator leaves it, and returns the exit code. The
 * daemon goes on.
 * @throws SymphonyError `daemon_unreachable`, or `usage_error` without a terminal that can be drawn on
 */
export async function attach({ stdin, stdout, terminalName, ...target }: AttachOptions): Promise<number> {
  if (!stdout.isTTY)
    throw new SymphonyError('usage_error', 'attach needs a terminal; "symphony status --watch" does without');
  if (terminalName === 'dumb')
    throw new SymphonyError(
      'usage_error',
      'attach draws, which TERM=dumb cannot show; "symphony status" prints lines',
    );
  const client = daemonOf(target);
  const { links } = await client.state();
  const station = await RemoteStation.open(client);
  const interrupted = interruption({ stdout });
  let leave = (): void => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
    interrupted.addEventListener('abort', () => resolve());
  });
  const dashboard = await startDashboard({
    station,
    stdin,
    stdout,
    settings: SETTINGS,
    links: { dashboardUrl: links.dashboard, project: links.project },
    mode: 'attached',
    now: Date.now,
    onQuit: leave,
  });
  await left;
  await dashboard.stop();
  station.close();
  return 0;
}
