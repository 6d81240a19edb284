import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, type TestContext, test } from 'vitest';
import { aDirectory } from '../helpers/symphony.js';

const REPOSITORY = resolve('.');
const NETWORK_MS = 240_000;

const WORKFLOW = `---
tracker:
  kind: local
  provider:
    path: board
workspace:
  root: workspaces
hooks:
  after_create: git init --quiet .
agent:
  kind: scripted
---
Work on {{ issue.identifier }}: {{ issue.title }}
`;
const ISSUE = `---
identifier: A-1
title: Say hello
state: Todo
---
Write a greeting.
`;

/** npm tells its settings to whatever it starts; this one must not depend on how the tests were started. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
);

function npm(cwd: string, ...args: readonly string[]) {
  return execa('npm', args, { cwd, env: ENVIRONMENT, extendEnv: false, stdin: 'ignore' });
}

/** A foreign project with the packed package installed, as somebody else would have it. */
async function aProjectWithThePackage(context: TestContext): Promise<{ path: string; bin: string }> {
  const reachable = await npm(REPOSITORY, 'view', '--fetch-retries=0', 'commander', 'version').catch(
    () => null,
  );
  if (reachable === null) context.skip('because the package registry cannot be reached');
  const path = aDirectory({
    'package.json': '{ "name": "foreign", "private": true }',
    'WORKFLOW.md': WORKFLOW,
  });
  mkdirSync(join(path, 'board'));
  writeFileSync(join(path, 'board/A-1.md'), ISSUE);
  const packed = await npm(REPOSITORY, 'pack', '--silent', '--ignore-scripts', '--pack-destination', path);
  const tarball = `./${packed.stdout.trim()}`;
  await npm(path, 'install', '--engine-strict', '--no-audit', '--no-fund', '--prefer-offline', tarball);
  return { path, bin: join(path, 'node_modules/.bin/symphony') };
}

test('the packed package runs in a project of somebody else', { timeout: NETWORK_MS }, async (context) => {
  const { path, bin } = await aProjectWithThePackage(context);

  const version = await execa(bin, ['--version'], { cwd: path });
  const validation = await execa(bin, ['validate', './WORKFLOW.md'], { cwd: path, reject: false });
  const preview = await execa(bin, ['preview', '--issue', 'A-1'], { cwd: path, reject: false });

  const run = await execa(bin, ['--until-idle', './WORKFLOW.md'], { cwd: path, reject: false });

  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+$/);
  expect(validation).toMatchObject({ exitCode: 0, stderr: '' });
  expect(validation.stdout).toContain(`root: ${path}/workspaces`);
  expect(preview).toMatchObject({ exitCode: 0, stdout: 'Work on A-1: Say hello', stderr: '' });
  expect(run.exitCode).toBe(0);
  expect(readFileSync(join(path, 'board/A-1.md'), 'utf8')).toMatch(/^state: Done$/m);
});
