import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { uncommented } from '../../helpers/commented-keys.js';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import { needs } from '../../helpers/needs.js';
import { aDirectory, symphony } from '../../helpers/symphony.js';
import { inTerminal } from '../../helpers/terminal-session.js';

// Goal: a first workflow file for Linear names a project that is there and states as its teams spell them, and works.

async function setUp() {
  const linear = await FakeLinear.start();
  onTestFinished(() => linear.close());
  const cwd = aDirectory();
  const env = { LINEAR_API_KEY: linear.apiKey };
  const run = (...args: string[]) => symphony(args, { cwd, env });
  const init = (...args: string[]) => run('init', '--endpoint', linear.url, ...args);
  return { linear, board: linear.board, cwd, env, run, init, written: () => fileIn(cwd) };
}

/** What tests read of a written file. */
interface Settings {
  readonly tracker: {
    readonly provider: Readonly<Record<string, string>>;
    readonly active_states: readonly string[];
    readonly terminal_states: readonly string[];
  };
}

function fileIn(cwd: string) {
  const text = readFileSync(join(cwd, 'WORKFLOW.md'), 'utf8');
  const [, frontMatter = ''] = text.split(/^---\n/m);
  const settings: Settings = parse(frontMatter);
  return { text, settings };
}

const VALID = /^WORKFLOW\.md is valid: 0 errors, 0 warnings$/m;

describe('symphony init for a project in Linear', () => {
  test('writes a valid file with which issues of the project are found', async () => {
    const { board, run, init, written } = await setUp();
    board.put({ identifier: 'ENG-1', title: 'Say hello' });

    const { exitCode, stdout, stderr } = await init('--project', board.projectSlug);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(
      '  tracker     the project Payments in Linear, with the key in LINEAR_API_KEY\n',
    );
    expect(written().settings.tracker).toMatchObject({
      kind: 'linear',
      provider: { project_slug: board.projectSlug, api_key: '$LINEAR_API_KEY' },
    });
    expect((await run('validate')).stdout).toMatch(VALID);
    expect((await run('preview', '--issue', 'ENG-1')).stdout).toMatch(
      /^You are working on issue ENG-1: Say hello\n[\s\S]*1\. Move the issue to In Progress with the tool `linear_graphql`[\s\S]*Move the issue to In Review\.$/,
    );
  });

  test('groups the states as the teams spell them, and leaves alone what is not the turn of an agent', async () => {
    const { board, init, written } = await setUp();
    board.addTeam('OPS', [
      { name: 'Triage', type: 'triage' },
      { name: 'Bereit: "jetzt" # 1', type: 'unstarted' },
      { name: 'Yes', type: 'started' },
      { name: 'QA', type: 'started' },
      { name: "Won't do", type: 'canceled' },
    ]);
    board.joinProject('OPS');

    const { stdout } = await init('--project', board.projectSlug);

    const { tracker } = written().settings;
    expect([...tracker.active_states].sort()).toEqual(['Bereit: "jetzt" # 1', 'In Progress', 'Todo', 'Yes']);
    expect([...tracker.terminal_states].sort()).toEqual(['Canceled', 'Done', 'Duplicate', "Won't do"]);
    expect(stdout).toMatch(/left alone {2}.*In Review.*, where others have their turn\n/);
    expect(written().text).toMatch(
      /# States whose issues are worked on, .*Left out: [\s\S]*"QA"[\s\S]*"Triage"/,
    );
  });

  test('shows only keys that there are, with values that are accepted', async () => {
    const { cwd, board, env, init, written } = await setUp();
    await init('--project', board.projectSlug, '--repo', 'git@example.com:team/project.git');
    const elsewhere = aDirectory({ 'WORKFLOW.md': uncommented(written().text) });

    const { stdout } = await symphony(['validate'], { cwd: elsewhere, env });

    expect(stdout).toMatch(/^ {4}assignee: me$/m);
    expect(stdout).toMatch(VALID);
    expect(readdirSync(cwd)).toEqual(['WORKFLOW.md']);
  });

  test('writes the name of the variable that holds the key, and the key nowhere', async () => {
    const { linear, cwd, board } = await setUp();
    const args = ['--endpoint', linear.url, '--project', board.projectSlug, '--api-key-env', 'TEAM_KEY'];

    const { exitCode, stdout, stderr } = await symphony(['init', ...args], {
      cwd,
      env: { TEAM_KEY: linear.apiKey },
    });

    const { text, settings } = fileIn(cwd);
    expect(exitCode).toBe(0);
    expect(settings.tracker.provider['api_key']).toBe('$TEAM_KEY');
    expect(text + stdout + stderr).not.toContain(linear.apiKey);
  });

  test.each([
    ['the slug without the name', (slug: string) => slug.slice(-12)],
    ['the address', (slug: string) => `https://linear.app/acme/project/${slug}/issues`],
    ['the name', () => 'payments'],
  ])('takes %s for the project', async (_, given) => {
    const { board, init, written } = await setUp();

    const { exitCode } = await init('--project', given(board.projectSlug));

    expect(exitCode).toBe(0);
    expect(written().settings.tracker.provider['project_slug']).toBe(board.projectSlug);
  });

  test('is not misled by what people name their states and projects', async () => {
    const { board, run, init } = await setUp();
    const { slug, slugId } = board.addProject('\u001b[31mRed\n---\ntracker: {kind: memory}');
    board.addTeam('OPS', [
      { name: '{{ evil }}', type: 'started' },
      { name: 'Ready', type: 'unstarted' },
    ]);
    board.joinProject('OPS', slugId);
    board.put({ identifier: 'OPS-1', state: 'Ready', projectSlugId: slugId });

    const { stdout } = await init('--project', slug);

    expect(stdout).not.toContain('\u001b');
    expect((await run('validate')).stdout).toMatch(VALID);
    expect((await run('preview', '--issue', 'OPS-1')).stdout).toContain('Move the issue to {{ evil }} with');
  });
});

describe('symphony init writes nothing', () => {
  test('for a project that is not there, and names those that are', async () => {
    const { cwd, board, init } = await setUp();
    const { slug } = board.addProject('Website');

    const { exitCode, stdout, stderr } = await init('--project', 'webside');

    expect(stderr).toBe(
      `symphony: --project: Linear shows this key no project called "webside"; give the slug of one of these: Website (${slug}), Payments (${board.projectSlug}) [usage_error]`,
    );
    expect({ exitCode, stdout, files: readdirSync(cwd) }).toEqual({ exitCode: 1, stdout: '', files: [] });
  });

  test('for a name that two projects have', async () => {
    const { cwd, board, init } = await setUp();
    board.addProject('Payments');

    const { exitCode, stderr } = await init('--project', 'Payments');

    expect(stderr).toContain(
      'more than one project called "Payments"; give the slug of one of these: Payments (',
    );
    expect({ exitCode, files: readdirSync(cwd) }).toEqual({ exitCode: 1, files: [] });
  });

  test('without a key, or with one that Linear refuses', async () => {
    const { linear, cwd } = await setUp();
    const args = ['init', '--endpoint', linear.url, '--project', 'payments'];

    const without = await symphony(args, { cwd });
    const refused = await symphony(args, { cwd, env: { LINEAR_API_KEY: 'lin_api_revoked' } });

    expect(without.stderr).toMatch(/^symphony: .*set LINEAR_API_KEY to it \[missing_tracker_secret\]$/);
    expect(refused.stderr).toMatch(
      /^symphony: Linear refused the key .*make a new one.* \[tracker_status\]$/,
    );
    expect(refused.stderr).not.toContain('revoked');
    expect([without.exitCode, refused.exitCode, readdirSync(cwd)]).toEqual([1, 1, []]);
  });

  test('when Linear cannot be reached', async () => {
    const { linear, cwd, init } = await setUp();
    await linear.close();

    const { exitCode, stderr } = await init('--project', 'payments');

    expect(stderr).toMatch(/^symphony: Linear cannot be reached.* see the network .* \[tracker_request\]$/);
    expect({ exitCode, files: readdirSync(cwd) }).toEqual({ exitCode: 1, files: [] });
  });
});

test('at a terminal the project is chosen from a list, by number or by a part of its name', async (context) => {
  needs(context, 'tmux');
  const { linear, board, cwd, env, run } = await setUp();
  for (let number = 1; number <= 30; number += 1) board.addProject(`Project ${number}`);
  const terminal = inTerminal(context, {
    args: [resolve('dist/cli.js'), 'init', '--tracker', 'linear', '--endpoint', linear.url],
    cwd,
    env,
  });

  await terminal.shows('Project:');
  expect(terminal.screen()).toContain('   1  Project 30');
  expect(terminal.screen()).toContain('… and 11 more; a part of the name finds them');
  terminal.answer('t 2');
  await terminal.shows('11 are meant by that');
  terminal.answer('payments');
  await terminal.shows('Agent [codex]:');
  terminal.answer('');
  await terminal.shows('clones, or none [none]:');
  terminal.answer('');
  await terminal.shows('exit=0');

  expect(fileIn(cwd).settings.tracker.provider['project_slug']).toBe(board.projectSlug);
  expect((await run('validate')).stdout).toMatch(VALID);
});
