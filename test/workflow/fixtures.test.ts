import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Settings } from '../../src/domain/settings.js';
import type { WorkflowWarning } from '../../src/domain/workflow.js';
import { inspectWorkflow, loadWorkflow } from '../../src/workflow/load.js';
import { aLoadContext, anIssue } from '../helpers/build.js';

// Goal: what real workflow files hold, and what people get wrong in them, as one file for each point. Every file is
// read as a whole; what the table does not name is as in minimal.md.

const FOLDER = 'fixtures/workflows';
const DEFAULT_PROMPT =
  'You are working on issue MT-1 of the configured tracker.\n\nTitle: Title of MT-1\n\nNo description was given.';

type Sections = { readonly [section in keyof Settings]?: Partial<Settings[section]> };

interface Expected {
  readonly settings?: Sections;
  readonly prompt?: string;
  /** `code line key`, in the order of the file. */
  readonly warnings?: readonly string[];
}

interface Fault {
  /** `code line`, in the order of the file. */
  readonly errors: readonly string[];
  readonly says: RegExp;
  /** `code line`, in the order of the file. */
  readonly warnings?: readonly string[];
}

const VALID: { readonly [name: string]: Expected } = {
  minimal: {},
  crlf: {
    settings: { polling: { intervalMs: 5000 }, hooks: { beforeRun: 'git fetch\ngit status\n' } },
    prompt: 'One\n\nTwo',
  },
  'ssh-hosts': {
    settings: {
      worker: {
        sshHosts: ['build-1', 'user@10.0.0.7:2222', '[::1]:2200'],
        maxConcurrentAgentsPerHost: 2,
      },
    },
    warnings: ['duplicate_value 5 worker.ssh_hosts'],
  },
  'mixed-line-ends': { settings: { polling: { intervalMs: 5000 } }, prompt: 'One\nTwo' },
  'byte-order-mark': {},
  'non-ascii': {
    settings: {
      tracker: { activeStates: ['Готово х', '其全', 'Ålesund'] },
      hooks: { afterCreate: "echo '✅ 其'" },
    },
    prompt: '其 全 х Å ✅ Title of MT-1\u0085fin',
  },
  'blanks-after-the-fences': { prompt: 'Body' },
  'rules-in-the-body': { prompt: 'One\n---\nTwo\n---\ntracker: {kind: other}\n---' },
  unterminated: {
    settings: { polling: { intervalMs: 7000 } },
    prompt: DEFAULT_PROMPT,
    warnings: ['unterminated_front_matter 1 null'],
  },
  'empty-body': { prompt: DEFAULT_PROMPT },
  'duplicate-keys': {
    settings: { hooks: { timeoutMs: 1000 }, server: { port: 4000 } },
    warnings: ['duplicate_key 6 hooks.timeout_ms', 'duplicate_key 9 server'],
  },
  'placeholder-quoted': { settings: { tracker: { provider: { project: '{{ PROJECT }}' } } } },
  'template-in-hooks': {
    settings: {
      hooks: {
        afterCreate: 'echo name: {{ issue.identifier }}\n{% if x %}echo x{% endif %}\n',
        beforeRun: 'echo {{ y }}',
      },
    },
  },
  'javascript-tag': { settings: { hooks: { beforeRun: 'function () { throw new Error("evaluated") }' } } },
  anchors: {
    settings: {
      hooks: { beforeRun: 'git fetch', afterRun: 'git fetch' },
      agent: { maxTurns: 5, maxConcurrentAgents: 4 },
    },
    warnings: ['unknown_key 7 x-limits'],
  },
  'numeric-strings': {
    settings: {
      polling: { intervalMs: 5000 },
      agent: { maxTurns: 7, maxConcurrentAgentsByState: { todo: 2 } },
      codex: { stallTimeoutMs: -1 },
      server: { port: 0 },
    },
  },
  'booleans-as-text': { settings: { observability: { dashboardEnabled: false } } },
  'boolean-as-one': { settings: { observability: { dashboardEnabled: true } } },
  'null-everywhere': {},
  'states-with-commas': {
    settings: {
      tracker: {
        activeStates: ['Todo', 'In Progress'],
        terminalStates: ['Done'],
        requiredLabels: ['ready', 'aiops:ready'],
      },
    },
  },
  'no-active-states': {
    settings: { tracker: { activeStates: [] } },
    warnings: ['no_active_states 4 tracker.active_states'],
  },
  'blank-required-label': { settings: { tracker: { requiredLabels: ['ready', ''] } } },
  'flat-tracker-keys': { settings: { tracker: { provider: scope() } } },
  'provider-map': { settings: { tracker: { provider: scope() } } },
  'provider-map-and-flat-keys': { settings: { tracker: { provider: scope() } } },
  'opaque-provider': {
    settings: {
      tracker: { provider: { anything: 1, Nested: { deep: [1, { deeper: null }] }, pollling: 'x' } },
    },
  },
  'unknown-keys': {
    warnings: [
      'unknown_key 5 tracker.repo',
      'unknown_key 6 poling',
      'unknown_key 9 agent.max_turn',
      'unknown_key 10 agent.max_concurrent',
      'unknown_key 11 agent.maxTurns',
      'unknown_key 13 polling.interval_seconds',
      'unknown_key 15 hooks.afterCreate',
      'unknown_key 16 hooks.before-run',
      'unknown_key 17 claude',
      'unknown_key 21 server.enabled',
      'unknown_key 23 codex.constructor',
      'unknown_key 24 codex.turn_timeout_seconds',
      'unknown_key 26 observability.refresh',
      'unknown_key 28 worker.hosts',
      'unknown_key 30 workspace.path',
      'unknown_key 31 workspace.hooks',
    ],
  },
  'tracker-kind-in-capitals': {},
  'limits-by-state': {
    settings: { agent: { maxConcurrentAgentsByState: { 'in progress': 2, todo: 3, 'aiops:ready': 1 } } },
    warnings: ['in_review', 'rework', 'merging', null, 'half', 'none', ' ', 'listed', 'vast', 'todo'].flatMap(
      (state, index) =>
        state === null ? [] : [`ignored_value ${index + 8} agent.max_concurrent_agents_by_state.${state}`],
    ),
  },
  'stall-detection-off': { settings: { codex: { stallTimeoutMs: -5 } } },
  'codex-command': {
    settings: {
      codex: { command: `\${CODEX:-codex} --config 'model="x"' -C "$PWD" ~/x app-server ` },
    },
  },
  'policy-values': {
    settings: {
      codex: {
        approvalPolicy: { granular: { rules: true, sandbox_approval: false } },
        threadSandbox: 'danger-full-access',
        turnSandboxPolicy: { type: 'workspaceWrite', networkAccess: true, writableRoots: ['~/x', '$HOME'] },
      },
    },
  },
  'policies-of-other-agents': {
    settings: { codex: { approvalPolicy: 'auto-edit' } },
    warnings: ['odd_value 5 codex.approval_policy', 'odd_value 6 codex.turn_sandbox_policy'],
  },
  'sandbox-names': {
    warnings: ['odd_value 5 codex.thread_sandbox', 'odd_value 6 codex.turn_sandbox_policy'],
  },
  'sandbox-of-the-turn': {
    settings: { codex: { turnSandboxPolicy: { type: 'dangerFullAccess' } } },
    warnings: ['odd_value 5 codex.turn_sandbox_policy'],
  },
  'keys-of-forks': {
    warnings: [
      'unknown_key 5 tracker.type',
      'unknown_key 6 tracker.team_key',
      'unknown_key 7 tracker.projectSlug',
      'unknown_key 8 tracker.inactive_states',
      'unknown_key 10 polling.interval_minutes',
      'unknown_key 12 workspace.root_dir',
      'unknown_key 13 workspace.hooks',
      'unknown_key 16 hooks.post_create',
      'unknown_key 18 agent.backend',
      'unknown_key 19 agent.provider',
      'unknown_key 20 agent.timeout_seconds',
      'unknown_key 21 agent.stall_timeout_ms',
      'unknown_key 22 agent.model',
      'unknown_key 24 codex.reasoning_effort',
      'unknown_key 26 server.bind',
      'unknown_key 27 agents',
      'unknown_key 30 claude',
      'unknown_key 32 claude-code',
      'unknown_key 34 max_concurrent_agents',
    ],
  },
  'block-scalar-at-the-end': { settings: { hooks: { beforeRun: 'git fetch\n' } }, prompt: 'Body' },
  'emoji-and-quoted-keys': { warnings: ['unknown_key 4 🚀 rockets', 'unknown_key 5 two words'] },
  'hook-with-heredoc': {
    settings: {
      hooks: {
        afterCreate: `set -euo pipefail\ncat > notes.md <<'EOF'\n---\ntitle: \${HOME} {{ x }}\n---\nEOF\n[[ -f notes.md ]] || exit 1\n`,
      },
    },
  },
  'long-prompt': { prompt: rendered('long-prompt') },
  'prototype-names': {
    settings: {
      agent: {
        maxConcurrentAgentsByState: Object.fromEntries([
          ['__proto__', 3],
          ['constructor', 2],
        ]),
      },
    },
    warnings: ['unknown_key 4 constructor', 'unknown_key 5 __proto__', 'unknown_key 8 agent.toString'],
  },
};

const INVALID: { readonly [name: string]: Fault } = {
  'no-front-matter': {
    warnings: ['no_front_matter 1'],
    errors: ['missing_tracker_kind null'],
    says: /^no-front-matter\.md: tracker\.kind is missing.*board/,
  },
  'comment-before-front-matter': {
    warnings: ['misplaced_front_matter 2'],
    errors: ['missing_tracker_kind null'],
    says: /tracker\.kind is missing/,
  },
  'empty-file': {
    warnings: ['no_front_matter 1'],
    errors: ['missing_tracker_kind null'],
    says: /tracker\.kind is missing/,
  },
  'blank-front-matter': { errors: ['missing_tracker_kind null'], says: /tracker\.kind is missing/ },
  'foreign-document': {
    warnings: ['unknown_key 2', 'unknown_key 3'],
    errors: ['missing_tracker_kind null'],
    says: /^foreign-document\.md: tracker\.kind is missing/,
  },
  'fence-with-more-on-it': { errors: ['workflow_parse_error 4'], says: /line 4: .*exactly ---/ },
  'front-matter-list': { errors: ['workflow_front_matter_not_a_map 2'], says: /must be a map/ },
  'front-matter-text': { errors: ['workflow_front_matter_not_a_map 2'], says: /must be a map/ },
  placeholder: { errors: ['workflow_parse_error 5'], says: /line 5: .*template placeholder.*fill in/ },
  'placeholder-in-text': {
    errors: ['workflow_parse_error 5'],
    says: /line 5: .*template placeholder.*fill in/,
  },
  'placeholder-for-a-script': {
    errors: ['workflow_parse_error 5'],
    says: /line 5: .*template placeholder.*fill in/,
  },
  'port-negative': {
    errors: ['invalid_workflow_config 5'],
    says: /server\.port: expected a port from 0 to 65535, or no key for no server \(got "-1"\)$/,
  },
  'template-in-hooks-and-a-fault': {
    errors: ['workflow_parse_error 8'],
    says: /\.md, line 8: (?!.*placeholder).*Flow sequence/,
  },
  'template-tag-as-value': { errors: ['workflow_parse_error 4'], says: /\.md, line 4: / },
  javascript: {
    errors: ['workflow_parse_error 1'],
    says: /line 1: front matter in "js" is not read; write YAML/,
  },
  json: {
    errors: ['workflow_parse_error 1'],
    says: /line 1: front matter in "json" is not read; write YAML/,
  },
  'broken-yaml': { errors: ['workflow_parse_error 6'], says: /\.md, line 6: Flow sequence/ },
  'tab-indentation': { errors: ['workflow_parse_error 3'], says: /\.md, line 3: .*tab/i },
  'two-documents': { errors: ['workflow_parse_error 5'], says: /\.md, line 5: .*document/ },
  'alias-without-anchor': { errors: ['workflow_parse_error 5'], says: /\.md, line 5: .*nowhere/ },
  'alias-of-itself': { errors: ['workflow_parse_error 5'], says: /\.md, line 5: .*self/ },
  'alias-bomb': { errors: ['workflow_parse_error null'], says: /alias/ },
  'merge-of-no-map': { errors: ['workflow_parse_error null'], says: /Merge sources must be maps/ },
  'list-as-key': { errors: ['workflow_parse_error 5'], says: /\.md, line 5: (?!.*placeholder)/ },
  'floats-are-not-integers': {
    errors: ['invalid_workflow_config 5', 'invalid_workflow_config 7'],
    says: /line 5: polling\.interval_ms.*5000\.5.*\n.*line 7: agent\.max_turns.*"7\.0"/,
  },
  'boolean-as-word': {
    errors: ['invalid_workflow_config 5'],
    says: /dashboard_enabled: expected true or false/,
  },
  'tracker-kind-missing': {
    errors: ['missing_tracker_kind 2'],
    says: /\.md, line 2: tracker\.kind is missing/,
  },
  'tracker-type': {
    warnings: ['unknown_key 3'],
    errors: ['missing_tracker_kind 2'],
    says: /tracker\.kind is missing/,
  },
  'tracker-kind-unknown': {
    errors: ['unsupported_tracker_kind 3'],
    says: /\.md, line 3: tracker\.kind: "github projects" \(GitHub Projects\) is not supported yet; supported are board$/,
  },
  'agent-kind-unknown': {
    errors: ['unsupported_agent_kind 5'],
    says: /\.md, line 5: agent\.kind: "claude" \(Claude Code\) is not supported yet; supported are codex, scripted$/,
  },
  'ssh-hosts-not-names': {
    errors: Array.from({ length: 5 }, () => 'invalid_workflow_config 5'),
    says: /ssh_hosts\[1\] "-oProxyCommand=id": .*"-".*\n.*ssh_hosts\[2\] "": .*\n.*ssh_hosts\[3\] "a b": .*blanks.*\n.*ssh_hosts\[4\] "build-2:0": a port.*\n.*ssh_hosts\[5\] "local": .*localhost/,
  },
  'several-type-errors': {
    errors: [4, 6, 7, 9, 10, 12, 14, 15, 16, 18].map((line) => `invalid_workflow_config ${line}`),
    says: /required_labels[\s\S]*interval_ms[\s\S]*workspace: expected a map[\s\S]*timeout_ms[\s\S]*before_run.*join into one[\s\S]*max_turns[\s\S]*approval_policy[\s\S]*turn_sandbox_policy[\s\S]*command[\s\S]*port/,
  },
  'sections-of-the-wrong-type': {
    errors: ['invalid_workflow_config 4', 'invalid_workflow_config 5'],
    says: /hooks: expected a map of settings.*\n.*line 5: agent: expected a map of settings/,
  },
  'limits-as-list': { errors: ['invalid_workflow_config 5'], says: /expected a map of state names/ },
  'hooks-as-lists': { errors: ['invalid_workflow_config 5'], says: /after_create: expected one script/ },
};

function scope() {
  return {
    endpoint: 'https://tracker.example/graphql',
    api_key: '$BOARD_KEY',
    project_slug: 'alpha-123',
    assignee: 'me',
  };
}

function pathOf(name: string): string {
  return `${FOLDER}/${name}.md`;
}

/** The body of a fixture as MT-1 sees it, made without the loader. */
function rendered(name: string): string {
  const text = readFileSync(pathOf(name), 'utf8');
  return text
    .slice(text.indexOf('---\n', 4) + 4)
    .trim()
    .replaceAll('{{ issue.identifier }}', 'MT-1');
}

describe('a workflow file that works', () => {
  test.each(Object.entries(VALID))('%s.md', async (name, { settings = {}, prompt, warnings = [] }) => {
    const plain = await loadWorkflow(pathOf('minimal'), aLoadContext());

    const workflow = await loadWorkflow(pathOf(name), aLoadContext());

    expect(workflow.settings).toEqual(withSections(plain.settings, settings));
    expect(byLine(workflow.warnings).map(({ code, line, key }) => `${code} ${line} ${key}`)).toEqual(
      warnings,
    );
    expect(await workflow.prompt(anIssue(), null)).toBe(prompt ?? 'Work on MT-1.');
  });
});

describe('a workflow file that does not work', () => {
  test.each(Object.entries(INVALID))('%s.md', async (name, { errors, says, warnings = [] }) => {
    const inspection = await inspectWorkflow(pathOf(name), aLoadContext());

    expect(byLine(inspection.errors).map(({ code, line }) => `${code} ${line}`)).toEqual(errors);
    expect(byLine(inspection.warnings).map(({ code, line }) => `${code} ${line}`)).toEqual(warnings);
    expect(inspection.settings).toBeNull();
    await expect(loadWorkflow(pathOf(name), aLoadContext())).rejects.toMatchObject({
      name: 'SymphonyError',
      code: errors[0]?.split(' ')[0],
      message: expect.stringMatching(says),
    });
  });

  test.each(Object.keys(INVALID))('%s.md does not work the second time either', async (name) => {
    const [first, second] = await Promise.allSettled([
      loadWorkflow(pathOf(name), aLoadContext()),
      loadWorkflow(pathOf(name), aLoadContext()),
    ]);

    expect(first.status).toBe('rejected');
    expect(second).toEqual(first);
  });
});

test('every fixture is in one of the tables, or in a test of its own', () => {
  const files = readdirSync(FOLDER).map((file) => file.replace(/\.md$/, ''));
  const told = [...Object.keys(VALID), ...Object.keys(INVALID)];

  expect(files.filter((name) => !told.includes(name) && !name.startsWith('root-')).sort()).toEqual([]);
});

function byLine(findings: readonly WorkflowWarning[]): readonly WorkflowWarning[] {
  return [...findings].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function withSections(plain: Settings, sections: Sections): Settings {
  const merged = Object.entries(plain).map(([section, values]) => [
    section,
    { ...values, ...sections[section as keyof Settings] },
  ]);
  return Object.fromEntries(merged) as Settings;
}
