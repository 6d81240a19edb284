import { SymphonyError } from '../domain/error.js';
import { normalizedState } from '../domain/issue.js';
import type { JsonObject } from '../domain/json.js';
import type { Settings, TrackerSettings } from '../domain/settings.js';
import { nearest } from '../domain/spelling.js';
import type { WorkflowWarning } from '../domain/workflow.js';
import { codexSettings } from './codex-settings.js';
import type { WorkflowConfig } from './schema.js';
import { serverSettings } from './server-settings.js';
import { workerSettings } from './worker-settings.js';
import { workspaceRoot } from './workspace-root.js';

/** The environment that `$NAME` values are read from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the loader must know of a tracker kind; the adapters' registry provides it. */
export interface KnownTracker {
  readonly defaultActiveStates: readonly string[] | null;
  readonly defaultTerminalStates: readonly string[] | null;
  /** @throws SymphonyError `invalid_tracker_config`, `missing_tracker_secret`; of several an `AggregateError` is its cause */
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
  const { polling, hooks, agent, codex, observability, worker } = config;
  const tracker = trackerSettings(config, context);
  if (!context.known.agents.includes(agent.kind)) {
    const key = 'agent.kind';
    context.refuse(key, unsupported('unsupported_agent_kind', key, agent.kind, context.known.agents));
  }
  return {
    tracker,
    polling: { intervalMs: polling.interval_ms },
    workspace: workspaceRoot(config.workspace.root, context),
    hooks: {
      afterCreate: hooks.after_create,
      beforeRun: hooks.before_run,
      afterRun: hooks.after_run,
      beforeRemove: hooks.before_remove,
      timeoutMs: hooks.timeout_ms,
      envAllow: hooks.env_allow,
    },
    agent: {
      kind: agent.kind,
      maxConcurrentAgents: agent.max_concurrent_agents,
      maxTurns: agent.max_turns,
      maxRetryBackoffMs: agent.max_retry_backoff_ms,
      maxConcurrentAgentsByState: agent.max_concurrent_agents_by_state,
      envAllow: agent.env_allow,
    },
    codex: codexSettings(codex, context),
    server: serverSettings(config, context),
    worker: workerSettings(worker, context),
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
  const kind = trackerKind(tracker.kind);
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
    if (activeStates.length === 0) warnOfNoWork(context);
    warnOfStatesInBoth(activeStates, terminalStates, context);
    validated(adapter, { ...settings, activeStates, terminalStates }, { tracker, context });
  }
  return { ...settings, activeStates: activeStates ?? [], terminalStates: terminalStates ?? [] };
}

function validated(adapter: KnownTracker, settings: TrackerSettings, written: WrittenTracker): void {
  const { context } = written;
  const warnings = (adapter.warnings?.(settings) ?? []).map((text) => asWritten(text, written));
  const refused = refusals(adapter, settings, written);
  const refusedKeys = new Set(refused.map(({ key }) => key));
  // What is wrong needs no warning as well.
  for (const warning of warnings.filter(({ key }) => !refusedKeys.has(key))) {
    context.warn({ code: 'tracker_setting', ...warning });
  }
  for (const { key, error } of refused) context.refuse(key, error);
}

function refusals(
  adapter: KnownTracker,
  settings: TrackerSettings,
  written: WrittenTracker,
): readonly { readonly key: string; readonly error: SymphonyError }[] {
  const { workflowDir, env } = written.context;
  try {
    adapter.validate(settings, { workflowDir, env });
    return [];
  } catch (error) {
    return faultsOf(error).map((fault) => {
      const { key, message } = asWritten(fault.message, written);
      return { key, error: new SymphonyError(fault.code, message, { cause: fault }) };
    });
  }
}

/** The faults that a tracker found; whatever else is thrown is thrown on. */
function faultsOf(error: unknown): readonly SymphonyError[] {
  if (!(error instanceof SymphonyError)) throw error;
  const all: readonly unknown[] = error.cause instanceof AggregateError ? error.cause.errors : [error];
  return all.filter((fault) => fault instanceof SymphonyError);
}

interface WrittenTracker {
  readonly tracker: WorkflowConfig['tracker'];
  readonly context: ResolveContext;
}

/** What an adapter says, which names a key first, of that key as it stands in the file. */
function asWritten(text: string, { tracker }: WrittenTracker): { key: string; message: string } {
  const [key = 'tracker.provider', name = ''] = /^tracker\.provider\.(\w+)/.exec(text) ?? [];
  const { endpoint, api_key, project_slug, assignee } = tracker;
  const flat = new Map(Object.entries({ endpoint, api_key, project_slug, assignee }));
  const isFlat = (flat.get(name) ?? null) !== null && (tracker.provider[name] ?? null) === null;
  if (!isFlat) return { key, message: text };
  return { key: `tracker.${name}`, message: `tracker.${name}${text.slice(key.length)}` };
}

/** Whether a tracker has a key of its own, by what it says to one; null when it says nothing about any. */
export function hasProviderKey(tracker: KnownTracker | undefined, name: string): boolean | null {
  if (tracker === undefined) return false;
  if (tracker.warnings === undefined) return null;
  return tracker.warnings({ provider: { [name]: null }, activeStates: [], terminalStates: [] }).length === 0;
}

/** The kind as the adapters are known by; empty when none is given. */
export function trackerKind(written: unknown): string {
  return typeof written === 'string' ? written.trim().toLowerCase() : '';
}

function warnOfNoWork({ warn }: ResolveContext): void {
  warn({
    code: 'no_active_states',
    key: 'tracker.active_states',
    message:
      'tracker.active_states is empty, so no issue is ever worked on; list states, or leave the key out for the usual ones',
  });
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

/** What is spelled in many ways, by the name that everybody knows. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^github[ _-]?projects?([ _-]?v2)?$/i, 'GitHub Projects'],
  [/^(github|gh)[ _-]?issues?$/i, 'GitHub issues'],
  [/^claude([ _-]?(code|cli))?$/i, 'Claude Code'],
];

/** What others call the tracker whose issues are files. */
const FILES = /^(files?|file[ _-]?system|folder|markdown|git[ _-]?issues|local[ _-]?\w+)$/i;

function unsupported(
  code: 'unsupported_tracker_kind' | 'unsupported_agent_kind',
  key: string,
  given: string,
  supported: readonly string[],
): SymphonyError {
  const files = code === 'unsupported_tracker_kind' && FILES.test(given) ? 'local' : null;
  const meant = files !== null && supported.includes(files) ? files : nearest(given.toLowerCase(), supported);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  const name = NAMES.find(([written]) => written.test(given))?.[1];
  const what =
    name === undefined ? `"${given}" is not supported` : `"${given}" (${name}) is not supported yet`;
  return new SymphonyError(code, `${key}: ${what}; supported are ${supported.join(', ')}${hint}`);
}
