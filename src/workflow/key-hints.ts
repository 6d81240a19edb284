import { nearest } from '../domain/spelling.js';

/** What there is to choose from when a key is unknown. */
export interface KnownNames {
  /** Every dotted key, sections by their own name. */
  readonly keys: readonly string[];
  /** The kinds of agents. */
  readonly agents: readonly string[];
  /** Whether the tracker has this key of its own; null when that cannot be told. */
  readonly hasProviderKey: (name: string) => boolean | null;
}

/** What people write for keys that exist under another name, without unit, where spelling would not lead there. */
const MEANT: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'tracker.kind': 'tracker.type tracker.backend tracker.adapter tracker.system',
    'tracker.required_labels': 'tracker.labels tracker.label tracker.include_labels',
    'tracker.active_states': 'tracker.states tracker.open_states tracker.todo_states',
    'tracker.terminal_states': 'tracker.closed_states tracker.done_states tracker.final_states',
    'tracker.api_key': 'tracker.api_token tracker.token',
    'tracker.project_slug': 'tracker.project tracker.slug',
    'tracker.endpoint': 'tracker.url tracker.base_url tracker.api_url',
    'polling.interval_ms':
      'polling.poll_interval polling.every agent.poll_interval tracker.poll_interval tracker.polling_interval poll_interval',
    'workspace.root':
      'workspace.path workspace.dir workspace.directory workspace.base workspace.base_dir workspace.base_path workspace.root_dir workspace.root_path workspace.folder',
    'hooks.after_create': 'hooks.post_create hooks.on_create hooks.create hooks.setup workspace.setup',
    'hooks.before_run': 'hooks.pre_run',
    'hooks.after_run': 'hooks.post_run',
    'hooks.before_remove': 'hooks.pre_remove hooks.before_delete hooks.before_cleanup hooks.teardown',
    'agent.max_concurrent_agents':
      'agent.max_concurrent agent.concurrency agent.max_concurrency agent.max_parallel agent.parallelism agent.max_agents agent.max_workers polling.max_concurrent polling.max_concurrent_runs',
    'agent.max_retry_backoff_ms': 'agent.max_backoff agent.retry_backoff agent.max_retry_delay',
    'codex.command': 'agent.command agent.cmd codex.cmd codex.bin codex.binary codex.executable codex.path',
    'codex.turn_timeout_ms': 'agent.timeout codex.timeout',
    'codex.stall_timeout_ms': 'agent.idle_timeout agent.inactivity_timeout codex.idle_timeout',
    'codex.thread_sandbox': 'agent.sandbox codex.sandbox codex.sandbox_mode',
    'codex.turn_sandbox_policy': 'codex.sandbox_policy',
    'codex.approval_policy': 'codex.approval codex.approvals codex.approval_mode codex.ask_for_approval',
    'server.host': 'server.bind server.address server.bind_address server.listen server.hostname',
    'server.token': 'server.auth_token server.api_token server.password server.secret server.api_key',
    'server.allowed_hosts': 'server.hosts server.allow_hosts server.trusted_hosts server.public_host',
    'observability.dashboard_enabled': 'observability.dashboard observability.enabled',
  }).flatMap(([meant, written]) => written.split(' ').map((key): [string, string] => [key, meant])),
);

/** What people want and get by another way, in a sentence. */
const ADVICE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'name the model in codex.command: codex --model NAME app-server': 'codex.model agent.model',
    'set it in codex.command: codex --config model_reasoning_effort=high app-server':
      'codex.effort codex.reasoning_effort codex.model_reasoning_effort agent.effort agent.reasoning_effort',
    'set networkAccess in codex.turn_sandbox_policy, a map with a type': 'codex.network_access',
  }).flatMap(([advice, written]) => written.split(' ').map((key): [string, string] => [key, advice])),
);

/** Keys that choose an agent elsewhere. */
const AGENT_CHOICES = ['backend', 'provider', 'runner', 'type', 'engine', 'cli', 'runtime', 'harness'];
/** Sections of other agents, as forks have them. */
const OTHER_AGENTS =
  /^(claude|gemini|opencode|copilot|cursor|pi|acpx?|amp|aider|goose|qwen|kimi|openhands)([_-](code|cli|agent))?$/;
/** Sections that choose and set up whatever agent there is. */
const AGENT_SECTIONS = ['runner', 'backend', 'harness'];
/** Keys that tell of a team, where work is chosen by project. */
const TEAM = ['team', 'team_key', 'team_id', 'team_name'];
/** Names that mean something else in each section. */
const AMBIGUOUS = [
  'kind',
  'provider',
  'root',
  'port',
  'host',
  'command',
  'timeout_ms',
  'assignee',
  'endpoint',
  'token',
];

/** What comes with text that was copied from a page or a chat: blanks that are none to YAML, and marks nobody sees. */
const ODD_BLANKS = /[^\S \t]|[\p{Cf}\p{Cc}]/u;

const UNIT = /_(seconds|secs?|s|minutes|mins?|hours)$/;

/** What is worth adding to "it is ignored": the key that was probably meant, or what to do; null when nothing is. */
export function keyHint(key: string, value: unknown, known: KnownNames): string | null {
  const [odd] = ODD_BLANKS.exec(key) ?? [];
  if (odd !== undefined)
    return `it has ${codePointOf(odd)} in it, which looks like a blank or like nothing; write it anew`;
  const dot = key.indexOf('.');
  const section = dot === -1 ? null : key.slice(0, dot);
  const name = snakeCase(key.slice(dot + 1));
  const advice = section === null ? aboutSection(name, known) : aboutKey(section, name, value, known);
  if (advice !== null) return advice;
  const meant = section === null ? meantSection(name, value, known) : meantKey(section, name, value, known);
  return meant === null ? null : `did you mean ${meant}?`;
}

function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function aboutSection(name: string, { agents }: KnownNames): string | null {
  return OTHER_AGENTS.test(name) || AGENT_SECTIONS.includes(name) ? agentsAre(agents) : null;
}

function aboutKey(
  section: string,
  name: string,
  value: unknown,
  { agents, hasProviderKey }: KnownNames,
): string | null {
  if (section === 'agent' && AGENT_CHOICES.includes(name)) {
    const isKnown = typeof value !== 'string' || agents.includes(value.trim().toLowerCase());
    return isKnown ? 'did you mean agent.kind?' : agentsAre(agents);
  }
  if (section === 'tracker' && TEAM.includes(name) && hasProviderKey(name) !== true) {
    return hasProviderKey('project_slug') === false ? null : 'issues are chosen by tracker.project_slug';
  }
  return ADVICE.get(`${section}.${name}`) ?? null;
}

function agentsAre(agents: readonly string[]): string {
  return `the agents of this version are ${agents.join(', ')}`;
}

function meantSection(name: string, value: unknown, known: KnownNames): string | null {
  const alias = aliasOf(name);
  if (alias !== null) return alias;
  const sections = sectionsOf(known);
  const section = sections.includes(name) ? name : near(name, sections);
  if (section !== null) return resembles(section, value, known) ? section : null;
  return elsewhere(name, known);
}

/** A near name alone says little: `agents` with agents in it is no misspelt `agent`. */
function resembles(section: string, value: unknown, known: KnownNames): boolean {
  if (Array.isArray(value)) return false;
  if (typeof value !== 'object' || value === null) return true;
  const names = Object.keys(value);
  return names.length === 0 || names.some((name) => isOf(section, snakeCase(name), known));
}

function isMapOf(section: string, value: unknown, known: KnownNames): boolean {
  return typeof value === 'object' && resembles(section, value, known);
}

function isOf(section: string, name: string, known: KnownNames): boolean {
  const key = `${section}.${name}`;
  return (
    known.keys.includes(key) || (meantKey(section, name, null, known)?.startsWith(`${section}.`) ?? false)
  );
}

function meantKey(section: string, name: string, value: unknown, known: KnownNames): string | null {
  const alias = aliasOf(`${section}.${name}`);
  // The older flat keys are worth naming only where the tracker has them.
  const [, flat] = /^tracker\.(api_key|project_slug|endpoint)$/.exec(alias ?? '') ?? [];
  if (alias !== null && (flat === undefined || known.hasProviderKey(flat) !== false)) return alias;
  const prefix = `${section}.`;
  const siblings = known.keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  const sibling = spelled(name, siblings);
  if (sibling !== null) return `${prefix}${sibling}`;
  if (sectionsOf(known).includes(name) && isMapOf(name, value, known)) return `${name} (at the top level)`;
  const other = elsewhere(name, known);
  if (other !== null) return other;
  return section === 'tracker' && known.hasProviderKey(name) === true ? `tracker.provider.${name}` : null;
}

/** The same key in another section. */
function elsewhere(name: string, { keys }: KnownNames): string | null {
  const named = keys.filter((key) => key.includes('.')).map((key) => key.slice(key.indexOf('.') + 1));
  const found = exact(name, named);
  if (found === null || AMBIGUOUS.includes(found.name)) return null;
  return `${keys.find((key) => key.endsWith(`.${found.name}`)) ?? found.name}${found.unit}`;
}

function spelled(name: string, candidates: readonly string[]): string | null {
  const found = exact(name, candidates);
  return found === null ? near(name, candidates) : `${found.name}${found.unit}`;
}

/** The candidate that is written so, or so in milliseconds. */
function exact(name: string, candidates: readonly string[]): { name: string; unit: string } | null {
  if (candidates.includes(name)) return { name, unit: '' };
  if (candidates.includes(`${name}_ms`)) return { name: `${name}_ms`, unit: '' };
  const inMs = name.replace(UNIT, '_ms');
  return candidates.includes(inMs) ? { name: inMs, unit: IN_MS } : null;
}

const IN_MS = ' (in milliseconds)';

function aliasOf(key: string): string | null {
  const stem = key.replace(/_ms$/, '').replace(UNIT, '');
  const meant = MEANT.get(key) ?? MEANT.get(stem) ?? null;
  return meant !== null && UNIT.test(key) && meant.endsWith('_ms') ? `${meant}${IN_MS}` : meant;
}

/** A misspelling, but no opposite: `inactive_states` are not meant to be active. */
function near(name: string, candidates: readonly string[]): string | null {
  const found = nearest(name, candidates);
  return found !== null && /^(in|un|non_?|not_?)$/.test(name.slice(0, -found.length)) ? null : found;
}

function sectionsOf({ keys }: KnownNames): readonly string[] {
  return keys.filter((key) => !key.includes('.'));
}

function snakeCase(written: string): string {
  return written
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[-\s]/g, '_');
}
