import type { JsonValue } from '../../domain/json.js';
import { plainLine } from '../../trackers/plain-line.js';
import { commentedYaml, type Entry } from './commented-yaml.js';
import type { InitPlan, LinearPlan, LocalPlan } from './plan.js';
import { firstPrompt } from './prompt.js';
import { cloneHooks } from './repository.js';

/** How many agents a first workflow lets work: enough to see what happens, few enough to see all of it. */
const FIRST_AGENTS = 3;
const MAX_NAME_LENGTH = 80;

/** The text of a workflow file: settings with their meaning, then the prompt. */
export function workflowText(plan: InitPlan): string {
  const entries = [...trackerEntries(plan), ...workEntries(plan), ...agentEntries(plan), ...SERVER];
  return `---\n${HEAD}${commentedYaml(entries)}---\n${firstPrompt(plan)}`;
}

const HEAD = `# Settings of Symphony; below the next line of three dashes is the prompt that each agent gets.
# \`symphony validate\` checks this file; docs/workflow.md of Symphony has every key. A key behind "# " does not count:
# take the mark away, also that of its section, to set it.
`;

function trackerEntries({ tracker }: InitPlan): Entry[] {
  return [
    set('tracker.kind', tracker.kind),
    ...(tracker.kind === 'local' ? localEntries(tracker) : linearEntries(tracker)),
    shown('tracker.required_labels', ['agent']),
    shown('polling.interval_ms', 30_000),
  ];
}

function localEntries({ board }: LocalPlan): Entry[] {
  return [
    set(
      'tracker.provider.path',
      board,
      'The folder of the board. Each Markdown file in it is an issue; see docs/trackers/local.md.',
    ),
    set('tracker.active_states', ['Todo', 'In Progress']),
    set('tracker.terminal_states', ['Done', 'Cancelled']),
  ];
}

function linearEntries({ project, states, apiKeyName, endpoint }: LinearPlan): Entry[] {
  const about = `The project ${plainLine(project.name, MAX_NAME_LENGTH)}; the last part of its address in Linear.`;
  return [
    set('tracker.provider.project_slug', project.slug, about),
    set(
      'tracker.provider.api_key',
      `$${apiKeyName}`,
      'The variable of the environment that holds the key. The key itself does not belong here.',
    ),
    ...(endpoint === null ? [] : [set('tracker.provider.endpoint', endpoint, 'Where Linear is asked.')]),
    shown(
      'tracker.provider.assignee',
      'me',
      'Works only on the issues of one user: me (whose key it is), an e-mail address, a name or an id.',
    ),
    shown(
      'tracker.provider.tool_access',
      'full',
      "What the agent's tool may do in Linear: full, scoped (to this project) or read.",
    ),
    ...stateEntry('tracker.active_states', states.active, leftOut(states)),
    ...stateEntry('tracker.terminal_states', states.terminal, null),
  ];
}

/** A list without names would stop everything; without the key, the tracker's own names count. */
function stateEntry(key: string, names: readonly string[], about: string | null): Entry[] {
  if (names.length === 0) return [];
  return [about === null ? set(key, names) : set(key, names, about)];
}

function leftOut({ waiting, untouched }: LinearPlan['states']): string {
  const parts = [
    ...(waiting.length === 0 ? [] : [`${quoted(waiting)}, where by the name it is not the agent's turn`]),
    ...(untouched.length === 0 ? [] : [`${quoted(untouched)}, which nobody has taken up`]),
  ];
  const rest = parts.length === 0 ? '' : ` Left out: ${parts.join('; ')}.`;
  return `States whose issues are worked on, for as long as they are in one of them.${rest}`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${plainLine(name, MAX_NAME_LENGTH)}"`).join(', ');
}

function workEntries({ repository, workspaceRoot }: InitPlan): Entry[] {
  const root = set('workspace.root', workspaceRoot);
  if (repository === null) {
    const example = 'git clone --quiet git@example.com:team/project.git .';
    return [root, shown('hooks.after_create', example), shown('hooks.timeout_ms', 60_000)];
  }
  const { afterCreate, beforeRun, afterRun } = cloneHooks(repository);
  return [
    root,
    set('hooks.after_create', afterCreate),
    set(
      'hooks.before_run',
      beforeRun,
      'Runs before each run attempt: every issue has a branch of its own, and nobody works where pushing is refused.',
    ),
    set(
      'hooks.after_run',
      afterRun,
      'Runs after each run attempt: what is not pushed is gone once the issue is finished and its workspace removed. ' +
        "Git's own hooks, which an agent may have written, are not run; files of Git LFS need " +
        '`git lfs push origin "$branch"` before it.',
    ),
    shown('hooks.timeout_ms', 60_000),
  ];
}

function agentEntries({ agent }: InitPlan): Entry[] {
  return [
    set('agent.kind', agent),
    set('agent.max_concurrent_agents', FIRST_AGENTS),
    shown('agent.max_turns', 20),
    ...(agent === 'codex' ? CODEX : []),
  ];
}

const CODEX = [shown('codex.command', 'codex app-server'), shown('codex.approval_policy', 'never')];
const SERVER = [shown('server.port', 4000)];

function set(key: string, value: JsonValue, about?: string): Entry {
  return { key, value, isSet: true, ...(about === undefined ? {} : { about }) };
}

function shown(key: string, value: JsonValue, about?: string): Entry {
  return { ...set(key, value, about), isSet: false };
}
