import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { SymphonyError } from '../domain/error.js';
import { normalizedState } from '../domain/issue.js';
import type { JsonObject } from '../domain/json.js';
import type { Settings, TrackerSettings } from '../domain/settings.js';
import type { WorkflowWarning } from '../domain/workflow.js';
import type { WorkflowConfig } from './schema.js';
import { nearest } from './spelling.js';

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
  /** What is worth telling of keys that do no harm, such as a misspelt one; each text names the key. */
  warnings?(
    tracker: Pick<TrackerSettings, 'provider' | 'activeStates' | 'terminalStates'>,
  ): readonly string[];
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
  /** Takes what is wrong with one key, so that a person learns of everything at once. */
  readonly refuse: (key: string, error: SymphonyError) => void;
}

/**
 * Resolves a checked configuration (SPEC 6.1): defaults of the adapter, `$NAME`, `~` and relative paths. What it
 * returns is good only when nothing was refused: `missing_tracker_kind`, `unsupported_*`, `invalid_tracker_config`,
 * `missing_tracker_secret` or `invalid_workflow_config`.
 */
export function resolveSettings(config: WorkflowConfig, context: ResolveContext): Settings {
  const { polling, hooks, agent, codex, server, observability, worker } = config;
  const tracker = trackerSettings(config, context);
  if (!context.known.agents.includes(agent.kind)) {
    const key = 'agent.kind';
    context.refuse(key, unsupported('unsupported_agent_kind', key, agent.kind, context.known.agents));
  }
  if (worker.ssh_hosts.length > 0) {
    context.refuse(
      'worker.ssh_hosts',
      new SymphonyError(
        'unsupported_setting',
        'worker.ssh_hosts: this version runs agents on its own machine only, and will not do so in place of the hosts ' +
          'named here. Remove the key to run locally',
      ),
    );
  }
  return {
    tracker,
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
  const { known, refuse } = context;
  const kinds = [...known.trackers.keys()];
  const kind = tracker.kind?.trim().toLowerCase() ?? '';
  const adapter = known.trackers.get(kind);
  const settings = {
    kind,
    provider: provider(tracker),
    activeStates: tracker.active_states ?? adapter?.defaultActiveStates ?? null,
    terminalStates: tracker.terminal_states ?? adapter?.defaultTerminalStates ?? null,
    requiredLabels: tracker.required_labels,
  };
  const { activeStates, terminalStates } = settings;
  if (kind === '') {
    const what = `tracker.kind is missing: say which tracker to read, one of ${kinds.join(', ')}`;
    refuse('tracker.kind', new SymphonyError('missing_tracker_kind', what));
  } else if (adapter === undefined) {
    refuse('tracker.kind', unsupported('unsupported_tracker_kind', 'tracker.kind', kind, kinds));
  } else if (activeStates === null || terminalStates === null) {
    if (activeStates === null) refuse('tracker.active_states', missingStates('active_states'));
    if (terminalStates === null) refuse('tracker.terminal_states', missingStates('terminal_states'));
  } else {
    warnOfStatesInBoth(activeStates, terminalStates, context);
    validated(adapter, { ...settings, activeStates, terminalStates }, context);
  }
  return { ...settings, activeStates: activeStates ?? [], terminalStates: terminalStates ?? [] };
}

function validated(adapter: KnownTracker, tracker: TrackerSettings, context: ResolveContext): void {
  for (const message of adapter.warnings?.(tracker) ?? []) {
    context.warn({ code: 'unknown_key', key: 'tracker.provider', message });
  }
  try {
    adapter.validate(tracker, { workflowDir: context.workflowDir, env: context.env });
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
    context.refuse('tracker.provider', error);
  }
}

function warnOfStatesInBoth(
  active: readonly string[],
  terminal: readonly string[],
  { warn }: ResolveContext,
): void {
  const ended = new Set(terminal.map(normalizedState));
  const both = active.filter((state) => ended.has(normalizedState(state)));
  if (both.length === 0) return;
  warn({
    code: 'state_in_both_lists',
    key: 'tracker.terminal_states',
    message: `${both.join(', ')} is both active and terminal; issues in it are taken for finished`,
  });
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

function missingStates(key: string): SymphonyError {
  return new SymphonyError(
    'invalid_tracker_config',
    `tracker.${key} is missing, and this tracker has no usual states: list the names of its states`,
  );
}

function unsupported(
  code: 'unsupported_tracker_kind' | 'unsupported_agent_kind',
  key: string,
  given: string,
  supported: readonly string[],
): SymphonyError {
  const meant = nearest(given.toLowerCase(), supported);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return new SymphonyError(
    code,
    `${key}: "${given}" is not supported; supported are ${supported.join(', ')}${hint}`,
  );
}

/** A whole `$NAME`, the only form that the reference knows; `${NAME}` is meant to be the same. */
const WHOLE_NAME = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$/;
/** `${NAME}`, `${NAME:-fallback}` or `$NAME`, at the beginning of a path. */
const LEADING_NAME = /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*)(?=\/))/;

function workspaceRoot(given: string | null, context: ResolveContext): string {
  const fallback = path.join(tmpdir(), 'symphony_workspaces');
  if (given === null) return fallback;
  const trimmed = given.trim();
  const [, bare, braced] = WHOLE_NAME.exec(trimmed) ?? [];
  const name = bare ?? braced;
  if (braced !== undefined) warnOfResolved(trimmed, context);
  const written = name === undefined ? withLeadingName(trimmed, context) : fromName(name, context);
  if (written === null) return fallback;
  const home = context.env['HOME'] ?? homedir();
  const expanded = written === '~' || written.startsWith('~/') ? path.join(home, written.slice(1)) : written;
  return path.resolve(context.workflowDir, expanded);
}

function fromName(name: string, { env, warn }: ResolveContext): string | null {
  const value = env[name]?.trim() ?? '';
  if (value !== '') return value;
  const message = `workspace.root: $${name} is not set or empty, so the default is used`;
  warn({ code: 'unset_variable', key: 'workspace.root', message });
  return null;
}

/** People write these, and a directory that is called `$HOME` is not what they mean. */
function withLeadingName(written: string, context: ResolveContext): string | null {
  const match = LEADING_NAME.exec(written);
  if (match === null) return written;
  const [matched, braced, fallback, bare] = match;
  const name = braced ?? bare ?? '';
  const value = context.env[name] || fallback;
  if (value === undefined || value === '') {
    // Without the variable the rest would be a path from the file system's root.
    const message = `workspace.root: ${name} in "${written}" is not set; set it, or write the path`;
    context.refuse('workspace.root', new SymphonyError('invalid_workflow_config', message));
    return null;
  }
  warnOfResolved(written, context);
  return value + written.slice(matched.length);
}

function warnOfResolved(written: string, { warn }: ResolveContext): void {
  const message = `workspace.root: the variable in "${written}" was resolved; other implementations take only a whole $NAME`;
  warn({ code: 'resolved_variable', key: 'workspace.root', message });
}
