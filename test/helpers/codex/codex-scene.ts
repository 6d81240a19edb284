import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../../src/domain/json.js';
import { Place, type Sections } from '../board-daemon.js';
import { codexCommand } from './codex-command.js';
import { CODEX, wrapperOf } from './installation.js';
import { type ModelServer, startModelServer } from './model-server.js';
import { scriptsOfIssues } from './script.js';

/** The body of a workflow whose issues say, in markers, what the model does. */
export const SCRIPTED_PROMPT = 'Work on {{ issue.identifier }}.\n\n{{ issue.description }}';

/** The built daemon's place, where the real Codex works with a model that follows the issues. */
export interface CodexScene {
  readonly place: Place;
  readonly model: ModelServer;
  /** Puts an issue on the board whose text is the script, or edits it as a person does. */
  put(identifier: string, script: string, fields?: JsonObject): void;
}

/** What a test may choose. */
interface CodexSceneSetup {
  readonly version?: string;
  /** The program itself, in place of the version's wrapper. */
  readonly program?: string;
  /** Further settings of Codex, `key=value` in TOML. */
  readonly config?: readonly string[];
  readonly sections?: Sections;
  readonly env?: Readonly<Record<string, string>>;
  /** When the used-up account is open again, counted from the start of the scene; left out, far in the future. */
  readonly resetsInS?: number;
}

type Ending = Pick<TestContext, 'onTestFinished'>;

/** A place with a local board; Codex has its own directory in the place's home. After its script the model is silent. */
export async function aCodexScene(context: Ending, setup: CodexSceneSetup = {}): Promise<CodexScene> {
  const {
    version = CODEX,
    program = wrapperOf(version),
    config = [],
    sections = {},
    env = {},
    resetsInS,
  } = setup;
  const startedAtS = Math.ceil(Date.now() / 1_000);
  const model = await startModelServer(
    scriptsOfIssues,
    { kind: 'silence' },
    {
      context,
      ...(resetsInS === undefined ? {} : { resetsAtS: () => startedAtS + resetsInS }),
    },
  );
  const place = new Place(context, {}, { LOOPBACK_KEY: 'none', ...env });
  const codex = { command: codexCommand(model.baseUrl, { program, config }), ...sections['codex'] };
  place.workflow({ ...sections, codex }, SCRIPTED_PROMPT);
  return {
    place,
    model,
    put: (identifier, script, fields = {}) => {
      const all = { identifier, title: `Title of ${identifier}`, state: 'Todo', ...fields };
      place.write(`board/${identifier}.md`, `---\n${stringify(all)}---\n${script}\n`);
    },
  };
}

/** A marker that moves the issue with the tracker's tool. */
export function moveTo(state: string): string {
  return `[[call: local_issue ${JSON.stringify({ action: 'set_state', state })}]]`;
}

/** Hooks that clone the team's repository into each workspace, and bring what was committed home as a branch. */
export const CLONING_HOOKS = {
  after_create: 'git clone --quiet ../../origin.git .',
  after_run: 'git push --quiet origin HEAD:refs/heads/$SYMPHONY_ISSUE_IDENTIFIER',
};

/** Makes the team's repository at `origin.git` of the place, with these files on its main branch. */
export function aTeamRepository(place: Place, files: Readonly<Record<string, string>> = {}): void {
  const run = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', place.path, ...args], { encoding: 'utf8', env: AS_SOMEBODY });
  run('init', '--quiet', '--initial-branch=main', 'work');
  for (const [name, content] of Object.entries({ 'README.md': 'The team.\n', ...files })) {
    execFileSync('mkdir', ['-p', join(place.path, 'work', name, '..')]);
    place.write(`work/${name}`, content);
  }
  run('-C', 'work', 'add', '--all');
  run('-C', 'work', 'commit', '--quiet', '--message', 'Begin');
  run('clone', '--quiet', '--bare', 'work', 'origin.git');
}

/** The subjects of the commits of a branch of the team's repository, newest first. */
export function commitsOf(place: Place, branch: string): string[] {
  const args = ['-C', join(place.path, 'origin.git'), 'log', '--format=%s', branch];
  return execFileSync('git', args, { encoding: 'utf8' }).trim().split('\n');
}

const AS_SOMEBODY = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_AUTHOR_NAME: 'Somebody',
  GIT_AUTHOR_EMAIL: 'somebody@example.invalid',
  GIT_COMMITTER_NAME: 'Somebody',
  GIT_COMMITTER_EMAIL: 'somebody@example.invalid',
};

/** A command that commits a new file in the workspace. */
export function commitOf(file: string): string {
  const identity = '-c user.name=Agent -c user.email=agent@example.invalid';
  return `echo made > ${file} && git add ${file} && git ${identity} commit --quiet --message 'Add ${file}'`;
}
