import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aDirectory } from '../../helpers/agent-session.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { codexCommand } from '../../helpers/codex/codex-command.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import { startModelServer } from '../../helpers/codex/model-server.js';
import { aRepository, type CodexOptions, openCodex } from './real-codex.js';
import '../../helpers/leaks.js';

// Goal: a workspace configures nothing, commands see no secret, and commits reach only what they need (issue 4, 2).

const AS_SOMEBODY = '-c user.name=A -c user.email=a@example.invalid';
const COMMIT = `echo hello > a.txt && git add a.txt && git ${AS_SOMEBODY} commit -qm hello`;

function git(directory: string, ...args: readonly string[]): string {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' };
  return execFileSync('git', ['-C', directory, ...AS_SOMEBODY.split(' '), ...args], {
    encoding: 'utf8',
    env,
  }).trim();
}

/** What the model was told of the command that it ran. */
async function outputOf(cmd: string, options: CodexOptions = {}): Promise<string> {
  const { runTurn, model, session } = await openCodex([{ kind: 'exec', cmd }], options);
  expect(await runTurn()).toEqual({ kind: 'completed' });
  await session.close();
  const { output } = model.told[1] as { readonly output: string };
  return output;
}

describe('a workspace with a planted configuration', () => {
  const installed = needsCodex();

  /** A repository that has its own programs started and sets a variable, wherever Codex would heed it. */
  async function aPlantedWorkspace(): Promise<{ readonly workspacePath: string; readonly marks: string }> {
    const [workspacePath, marks] = [await aRepository(), await aDirectory()];
    const started = (what: string): string => join(marks, what);
    await mkdir(join(workspacePath, '.codex/rules'), { recursive: true });
    await writeFile(
      join(workspacePath, '.codex/config.toml'),
      `notify = ["touch", "${started('notify')}"]
      [shell_environment_policy.set]
      PLANTED = "yes"
      [mcp_servers.planted]
      command = "touch"
      args = ["${started('mcp')}"]\n`,
    );
    const hooks = [{ hooks: [{ type: 'command', command: `touch ${started('hook')}` }] }];
    await writeFile(
      join(workspacePath, '.codex/hooks.json'),
      JSON.stringify({ hooks: { SessionStart: hooks, UserPromptSubmit: hooks, Stop: hooks } }),
    );
    return { workspacePath, marks };
  }

  const WHAT_USERS_HAVE: readonly [string, (workspacePath: string) => string][] = [
    ['nothing', () => ''],
    ['a sandbox of their own', () => 'sandbox_mode = "workspace-write"\n'],
    ['trust in it', (path) => `[projects."${path}"]\ntrust_level = "trusted"\n`],
  ];

  test.for(WHAT_USERS_HAVE)(
    'has none of it heeded where its user configures %s, and that stays as it is',
    async ([, configuration], context) => {
      installed(context);
      const { workspacePath, marks } = await aPlantedWorkspace();
      const home = await aDirectory();
      const config = join(home, 'config.toml');
      await writeFile(config, configuration(workspacePath));
      const before = await readFile(config);

      const first = await openCodex([], { workspacePath, home });
      expect(await first.runTurn()).toEqual({ kind: 'completed' });
      await first.session.close();
      const resume = { threadId: first.session.threadId, answered: null };
      const output = await outputOf('echo "planted: $PLANTED."', { workspacePath, home, resume });

      expect(output).toContain('planted: .');
      expect(existsSync(join(marks, 'mcp'))).toBe(false);
      expect(existsSync(join(marks, 'notify'))).toBe(false);
      expect(existsSync(join(marks, 'hook'))).toBe(false);
      expect(await readFile(config)).toEqual(before);
    },
  );

  test('has it heeded where codex.trust_workspace says so', async (context) => {
    installed(context);
    const { workspacePath, marks } = await aPlantedWorkspace();
    const model = await startModelServer([{ kind: 'exec', cmd: 'echo "planted: $PLANTED."' }]);
    const codex = { trustWorkspace: true };

    const output = await outputOf('', {
      workspacePath,
      model,
      codex: { ...codex, command: codexCommand(model.baseUrl) },
    });

    expect(output).toContain('planted: yes.');
    expect(existsSync(join(marks, 'mcp'))).toBe(true);
  });
});

describe.each([CODEX, OLD_CODEX])('commands of Codex %s', (version) => {
  const installed = needsCodex(version);
  const SHOW = 'env | grep -E "TOKEN|PASSWORD|KEY|SECRET|PLAIN|PROFILE" | sort | tr "\\n" " "';

  async function seen(options: CodexOptions): Promise<string[]> {
    const home = await aDirectory();
    const profile = 'export PROFILE_TOKEN=1 PROFILE_PLAIN=1 SECRET_TOKEN=again\n';
    for (const file of ['.profile', '.bashrc']) await writeFile(join(home, file), profile);
    const env = { DEPLOY_TOKEN: '1', db_password: '1', PLAIN: '1', SECRET_TOKEN: 'tracker' };
    const output = await outputOf(SHOW, { version, home, env, ...options });
    return (output.split('Output:\n')[1] ?? '').trim().split(' ').sort();
  }

  test('see nothing that looks secret, whether the daemon or a profile has it', async (context) => {
    installed(context);

    expect(await seen({ config: ['shell_environment_policy.inherit=all'] })).toEqual([
      'PLAIN=1',
      'PROFILE_PLAIN=1',
    ]);
  });

  test('see as little where nothing else is fenced off', async (context) => {
    installed(context);

    expect(await seen({ codex: { threadSandbox: 'danger-full-access' } })).toEqual([
      'PLAIN=1',
      'PROFILE_PLAIN=1',
    ]);
  });

  test('see what agent.env_allow names, but no secret of the tracker', async (context) => {
    installed(context);

    expect(await seen({ envAllow: ['DEPLOY_TOKEN', 'PROFILE_TOKEN', 'SECRET_TOKEN'] })).toEqual([
      'DEPLOY_TOKEN=1',
      'PLAIN=1',
      'PROFILE_PLAIN=1',
      'PROFILE_TOKEN=1',
    ]);
  });

  test('see no more than the configuration of Codex lets them, and what it sets', async (context) => {
    installed(context);
    const config = [
      'shell_environment_policy.exclude=["PROFILE_*"]',
      'shell_environment_policy.set={ PLAIN_TOO = "2" }',
    ];

    expect(await seen({ config })).toEqual(['PLAIN=1', 'PLAIN_TOO=2']);
  });
});

describe.each([CODEX, OLD_CODEX])('a commit in a linked worktree on Codex %s', (version) => {
  const installed = needsCodex(version);

  /** Not among temporary files, where Codex lets commands write anyway. */
  async function aPermanentDirectory(): Promise<string> {
    const cache = resolve('node_modules/.cache');
    await mkdir(cache, { recursive: true });
    const path = await realpath(await mkdtemp(join(cache, 'symphony-worktree-')));
    onTestFinished(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  const PLACES: readonly [string, readonly string[], () => Promise<string>][] = [
    ['a repository', [], aPermanentDirectory],
    ['a bare repository', ['--bare'], aPermanentDirectory],
    ['a repository among temporary files', [], aDirectory],
  ];

  test.for(PLACES)(
    'of %s works, and reaches neither its hooks nor its configuration',
    async ([, options, aPlace], context) => {
      installed(context);
      const place = await aPlace();
      const [source, main, workspacePath] = [
        join(place, 'source'),
        join(place, 'main'),
        join(place, 'workspace'),
      ];
      execFileSync('git', ['init', '--quiet', '--initial-branch=main', source]);
      git(source, 'commit', '--quiet', '--allow-empty', '-m', 'Begin');
      git(place, 'clone', '--quiet', ...options, source, main);
      git(main, 'worktree', 'add', '--quiet', '-b', 'work', workspacePath);
      const common = resolve(workspacePath, git(workspacePath, 'rev-parse', '--git-common-dir'));
      const before = await readFile(join(common, 'config'), 'utf8');
      const attacks = [
        `echo x > ${common}/hooks/pre-commit`,
        `echo x >> ${common}/config`,
        'git config core.fsmonitor x',
        `echo x > ${common}/planted`,
        `echo x > ${dirname(common)}/planted`,
        'echo "gitdir: /nowhere" > .git',
      ];

      const output = await outputOf(`${COMMIT}; ${attacks.map((each) => `(${each})`).join('; ')}; true`, {
        version,
        workspacePath,
      });

      expect(git(main, 'log', '--format=%s', 'work').split('\n')).toEqual(['hello', 'Begin']);
      expect(output.match(/Read-only file system/g)).toHaveLength(attacks.length);
      expect(existsSync(join(common, 'hooks/pre-commit'))).toBe(false);
      expect(await readFile(join(common, 'config'), 'utf8')).toBe(before);
    },
  );
});
