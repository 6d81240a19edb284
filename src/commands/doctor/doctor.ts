import { type Finding, ok, skipped } from '../../domain/finding.js';
import { looksSecret } from '../../domain/secret-names.js';
import { LOCAL_HOST, type Settings } from '../../domain/settings.js';
import { systemClock } from '../../engine/system-clock.js';
import { createHosts } from '../../hosts/hosts.js';
import { configContext } from '../../hosts/ssh/config/context.js';
import { Secrets } from '../../observe/redact.js';
import type { Host, Hosts } from '../../ports/host.js';
import { defaultStateDirectory, stateDirectoryHolder } from '../../stores/state-directory.js';
import { trackerAdapters } from '../../trackers/registry.js';
import { serverTokenNames } from '../../workflow/server-settings.js';
import { agentOn, agentSettings, type ExaminedSettings, trackerFindings } from './adapters.js';
import { type Check, findingsOf, LOCAL_LIMIT_MS } from './check.js';
import { commitsAsUser, IDENTITY, identityFindings } from './identity.js';
import { diskFindings, rootFindings, stateFindings } from './places.js';
import { portFinding } from './port.js';
import { bashFinding, gitFinding, nodeFinding } from './programs.js';
import { jsonReport, nameWidth, textLines, textVerdict } from './report.js';
import type { ShellPlace } from './shell.js';
import { workerPlaces } from './worker-places.js';
import { workerChecks } from './workers.js';
import { examineWorkflow } from './workflow.js';

/** What `symphony doctor` was asked. */
export interface DoctorOptions {
  /** Absolute. */
  readonly workflowPath: string;
  /** Overrides `server.port`; null leaves it to the workflow file. */
  readonly port: number | null;
  readonly stateDir: string | null;
  readonly json: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
}

const AGENT_LIMIT_MS = 20_000;
const TRACKER_LIMIT_MS = 12_000;

/**
 * Looks at everything that the daemon needs, starts nothing that stays and changes nothing; tells what it found, as soon
 * as it is known, and returns the exit code: 0 without a problem, warnings or not. Nothing that is stuck keeps it for
 * longer than its limit.
 */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { workflowPath, env, json, stdout } = options;
  const workflow = await examineWorkflow(workflowPath, env);
  const { settings } = workflow;
  const withheld = settings === null ? [] : serverTokenNames(settings.server);
  const hosts = createHosts({ env, withheld, remembersKeys: false, clock: systemClock, onLink: () => {} });
  const secrets = secretsOf(settings, env);
  const width = nameWidth(settings?.worker.sshHosts ?? []);
  const tell = (found: readonly Finding[]): void => {
    if (!json) stdout.write(textLines(secrets.redactValue(found), width));
  };
  try {
    tell(workflow.findings);
    const checked = await findingsOf(checksOf(options, settings, hosts), systemClock, tell);
    const findings = [...workflow.findings, ...checked];
    stdout.write(json ? jsonReport(secrets.redactValue(findings)) : textVerdict(findings));
    return findings.some(({ verdict }) => verdict === 'problem') ? 1 : 0;
  } finally {
    await hosts.close();
  }
}

/** Everything there is to look at, in the order in which it is told. */
function checksOf(options: DoctorOptions, settings: Settings | null, hosts: Hosts): readonly Check[] {
  const { workflowPath, env } = options;
  const examined = settings === null ? null : { settings, workflowPath, env, clock: systemClock };
  const workers = settings?.worker.sshHosts ?? [];
  return [
    local('node', async () => [nodeFinding(process.versions.node)]),
    ...(workers.length > 0 ? [] : checksOn(hosts.get(LOCAL_HOST), examined)),
    trackerCheck(examined),
    ...placeChecks(options, settings),
    ...(examined !== null && workers.length > 0
      ? workerChecks(workers, {
          context: configContext(env),
          hosts,
          clock: systemClock,
          checksOn: (host) => [...checksOn(host, examined), workerPlacesCheck(host, examined)],
        })
      : [local('hosts', async () => [ok('hosts', 'agents work on this machine')])]),
  ];
}

/** What is looked at on each machine where agents work. */
function checksOn(host: Host, examined: ExaminedSettings | null): readonly Check[] {
  const place = shellOn(host, examined);
  const mendOfSilence = 'see what the login profile of this user waits for';
  const isAsked = examined !== null && commitsAsUser(examined.settings);
  return [
    { ...local('bash', async (signal) => [await bashFinding(place, signal)]), mendOfSilence },
    { ...local('git', async (signal) => [await gitFinding(place, signal)]), mendOfSilence },
    ...(isAsked ? [{ ...local(IDENTITY, (signal) => identityFindings(place, signal)), mendOfSilence }] : []),
    ...agentChecks(place, examined),
  ];
}

function shellOn(host: Host, examined: ExaminedSettings | null): ShellPlace {
  const tracker = examined?.settings.tracker;
  const secretEnvironmentNames =
    tracker === undefined ? [] : (trackerAdapters.get(tracker.kind)?.secretEnvironmentNames(tracker) ?? []);
  return { host, secretEnvironmentNames };
}

function workerPlacesCheck(host: Host, examined: ExaminedSettings): Check {
  const place = shellOn(host, examined);
  return local('workspace root', (signal) => workerPlaces(place, examined.settings, signal));
}

function agentChecks(place: ShellPlace, examined: ExaminedSettings | null): readonly Check[] {
  if (examined === null) return [unlooked('agent')];
  const limits = {
    limitMs: AGENT_LIMIT_MS,
    mendOfSilence: 'run codex.command in a login shell (bash -lc) and see what it waits for',
  };
  return [
    { ...limits, name: 'agent', run: (signal) => agentOn(place, examined, signal) },
    { ...limits, name: 'agent settings', run: () => agentSettings(place, examined) },
  ];
}

function trackerCheck(examined: ExaminedSettings | null): Check {
  if (examined === null) return unlooked('tracker');
  return {
    name: 'tracker',
    limitMs: TRACKER_LIMIT_MS,
    mendOfSilence: 'see the network, and what tracker.provider says of the address',
    run: (signal) => trackerFindings(examined, signal),
  };
}

function placeChecks(options: DoctorOptions, settings: Settings | null): readonly Check[] {
  const stateDirectory = options.stateDir ?? defaultStateDirectory(options.workflowPath);
  const isWorkHere = settings === null || settings.worker.sshHosts.length === 0;
  const root = isWorkHere ? (settings?.workspace.root ?? null) : null;
  return [
    ...(isWorkHere ? [rootCheck(settings)] : []),
    local('disk', () => diskFindings(root, stateDirectory)),
    local('state directory', () => stateFindings(stateDirectory)),
    settings === null
      ? unlooked('port')
      : local('port', async () => {
          const port = options.port ?? settings.server.port;
          const daemon = await stateDirectoryHolder(stateDirectory);
          return [await portFinding({ port, host: settings.server.host, daemon }, systemClock)];
        }),
  ];
}

function rootCheck(settings: Settings | null): Check {
  return settings === null
    ? unlooked('workspace root')
    : local('workspace root', () => rootFindings(settings));
}

function local(name: string, run: Check['run']): Check {
  const mendOfSilence = 'see whether a network file system is stuck';
  return { name, limitMs: LOCAL_LIMIT_MS, mendOfSilence, run };
}

/** What only a valid workflow file could tell how to look at. */
function unlooked(name: string): Check {
  return local(
    name,
    async (): Promise<readonly Finding[]> => [skipped(name, 'the workflow file has to be mended first')],
  );
}

/** What adapters know to be secret, and every variable whose name says so. */
function secretsOf(settings: Settings | null, env: DoctorOptions['env']): Secrets {
  const tracker = settings?.tracker;
  const ofTracker =
    tracker === undefined ? [] : (trackerAdapters.get(tracker.kind)?.secretValues(tracker, env) ?? []);
  const ofEnvironment = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && looksSecret(name) ? [value] : [],
  );
  return new Secrets([...ofTracker, ...ofEnvironment]);
}
