import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { SymphonyError } from '../domain/error.js';
import type { JsonObject } from '../domain/json.js';
import type { Settings, TrackerSettings } from '../domain/settings.js';
import type { WorkflowWarning } from '../domain/workflow.js';
import type { WorkflowConfig } from './schema.js';

/** The environment that `$NAME` values are read from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the loader must know of a tracker kind; the adapters' registry provides it. */
export interface KnownTracker {
  readonly defaultActiveStates: readonly string[] | null;
  readonly defaultTerminalStates: readonly string[] | null;
  /** @throws SymphonyError `invalid_tracker_config` or `missing_tracker_secret` */
  validate(
    tracker: Pick<TrackerSettings, 'provider' | 'activeStates' | 'terminalStates'>,
    context: { readonly workflowDir: string; readonly env: Environment },
  ): void;
}

/** The adapters there are, handed in by the composition root. */
export interface KnownKinds {
  readonly trackers: ReadonlyMap<string, KnownTracker>;
  readonly agents: readonly string[];
}

/** Where and with what a configuration is resolved. */
export interface ResolveContext {
  readonly workflowDir: string;
  readonly env: Environment;
  readonly known: KnownKinds;
  readonly warn: (warning: Omit<WorkflowWarning, 'line'>) => void;
}

/**
 * Resolves a checked configuration (SPEC 6.1): defaults of the adapter, `$NAME`, `~` and relative paths.
 * @throws SymphonyError `missing_tracker_kind`, `unsupported_*`, `invalid_tracker_config`, `missing_tracker_secret`
 */
export function resolveSettings(config: WorkflowConfig, context: ResolveContext): Settings {
  const { polling, hooks, agent, codex, server, observability, worker } = config;
  if (!context.known.agents.includes(agent.kind)) {
    throw unsupported('unsupported_agent_kind', 'agent.kind', agent.kind, context.known.agents);
  }
  if (worker.ssh_hosts.length > 0) {
    throw new SymphonyError(
      'unsupported_setting',
      'worker.ssh_hosts: this version runs agents on its own machine only, and will not do so in place of the hosts ' +
        'named here. Remove the key to run locally',
    );
  }
  return {
    tracker: trackerSettings(config, context),
    polling: { intervalMs: polling.interval_ms },
    workspace: { root: workspaceRoot(config.workspace.root, context) },
    hooks: {
      afterCreate: hooks.after_create,
      beforeRun: hooks.before_run,
      afterRun: hooks.after_run,
      beforeRemove: hooks.before_remove,
      timeoutMs: hooks.timeout_ms,
    },
    agent: {
      kind: agent.kind,
      maxConcurrentAgents: agent.max_concurrent_agents,
      maxTurns: agent.max_turns,
      maxRetryBackoffMs: agent.max_retry_backoff_ms,
      maxConcurrentAgentsByState: agent.max_concurrent_agents_by_state,
    },
    codex: {
      command: codex.command,
      approvalPolicy: codex.approval_policy,
      threadSandbox: codex.thread_sandbox,
      turnSandboxPolicy: codex.turn_sandbox_policy,
      turnTimeoutMs: codex.turn_timeout_ms,
      readTimeoutMs: codex.read_timeout_ms,
      stallTimeoutMs: codex.stall_timeout_ms,
    },
    server: { port: server.port, host: server.host },
    observability: {
      dashboardEnabled: observability.dashboard_enabled,
      refreshMs: observability.refresh_ms,
      renderIntervalMs: observability.render_interval_ms,
    },
  };
}

function trackerSettings({ tracker }: WorkflowConfig, context: ResolveContext): TrackerSettings {
  const { known, workflowDir, env } = context;
  const kinds = [...known.trackers.keys()];
  const kind = tracker.kind?.trim().toLowerCase() ?? '';
  if (kind === '') {
    throw new SymphonyError(
      'missing_tracker_kind',
      `tracker.kind is missing: say which tracker to read, one of ${kinds.join(', ')}`,
    );
  }
  const adapter = known.trackers.get(kind);
  if (adapter === undefined) throw unsupported('unsupported_tracker_kind', 'tracker.kind', kind, kinds);
  const settings = {
    kind,
    provider: provider(tracker),
    activeStates: statesOf('active_states', tracker.active_states, adapter.defaultActiveStates),
    terminalStates: statesOf('terminal_states', tracker.terminal_states, adapter.defaultTerminalStates),
    requiredLabels: tracker.required_labels,
  };
  adapter.validate(settings, { workflowDir, env });
  return settings;
}

/** The older flat keys fill what the provider map leaves open. */
function provider({
  provider: given,
  endpoint,
  api_key,
  project_slug,
  assignee,
}: WorkflowConfig['tracker']): JsonObject {
  const merged = Object.entries({ endpoint, api_key, project_slug, assignee, ...withoutNulls(given) });
  return Object.fromEntries(merged.filter(([, value]) => value !== null));
}

function withoutNulls(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
}

function statesOf(
  key: string,
  given: readonly string[] | null,
  fallback: readonly string[] | null,
): readonly string[] {
  const states = given ?? fallback;
  if (states !== null) return states;
  throw new SymphonyError(
    'invalid_tracker_config',
    `tracker.${key} is missing: this tracker has no usual states`,
  );
}

function unsupported(
  code: 'unsupported_tracker_kind' | 'unsupported_agent_kind',
  key: string,
  given: string,
  supported: readonly string[],
): SymphonyError {
  return new SymphonyError(
    code,
    `${key}: "${given}" is not supported; supported are ${supported.join(', ')}`,
  );
}

function workspaceRoot(given: string | null, context: ResolveContext): string {
  const fallback = path.join(tmpdir(), 'symphony_workspaces');
  if (given === null) return fallback;
  const whole = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(given.trim());
  const written = whole === null ? withVariables(given.trim(), context) : (context.env[whole[1] ?? ''] ?? '');
  if (written.trim() === '') return fallback;
  const home = context.env['HOME'] ?? homedir();
  const expanded = written === '~' || written.startsWith('~/') ? path.join(home, written.slice(1)) : written;
  return path.resolve(context.workflowDir, expanded);
}

/** `${NAME}` and `$NAME/rest`: people write them, and a directory that is called `$HOME` is not what they mean. */
function withVariables(written: string, { env, warn }: ResolveContext): string {
  const resolved = written.replace(
    /\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/g,
    (_match, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? '',
  );
  if (resolved !== written) {
    warn({
      code: 'resolved_variable',
      key: 'workspace.root',
      message: `workspace.root: variables in "${written}" were resolved; other implementations take only a whole $NAME`,
    });
  }
  return resolved;
}
