import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aDirectory, openFixture, type SessionOptions } from '../../helpers/agent-session.js';
import { askedWith } from './like-codex.js';
import '../../helpers/leaks.js';

describe('a thread', () => {
  test('is opened without a sandbox and in a workspace that is not to be trusted; each turn has its sandbox', async () => {
    const session = await openFixture('completes');
    await session.runTurn();
    const { workspacePath } = session.start;

    const thread = await askedWith(session, 'thread/start');
    expect(thread).not.toHaveProperty('sandbox');
    expect(thread).toMatchObject({ config: { projects: { [workspacePath]: { trust_level: 'untrusted' } } } });
    expect(await askedWith(session, 'turn/start')).toMatchObject({
      sandboxPolicy: { type: 'workspaceWrite', writableRoots: [workspacePath] },
    });
  });

  test('that is gone on with is not trusted either', async () => {
    const session = await openFixture('completes', { resume: { threadId: 'thread-0', answered: null } });

    const resumed = await askedWith(session, 'thread/resume');
    expect(resumed).not.toHaveProperty('sandbox');
    expect(resumed).toHaveProperty('config.projects');
  });

  test('is opened as the reference does where codex.trust_workspace says so', async () => {
    const session = await openFixture('completes', {
      codex: { trustWorkspace: true, threadSandbox: 'danger-full-access' },
    });

    const thread = await askedWith(session, 'thread/start');
    expect(thread).toMatchObject({ sandbox: 'danger-full-access' });
    expect(thread).not.toHaveProperty('config.projects');
  });
});

/** What a turn may write in this workspace. */
async function writable(workspacePath: string, options: SessionOptions = {}) {
  const session = await openFixture('completes', { ...options, workspacePath });
  await session.runTurn();
  return (await askedWith(session, 'turn/start'))['sandboxPolicy'];
}

interface Worktree {
  readonly workspacePath: string;
  readonly common: string;
  /** The workspace's own git directory. */
  readonly own: string;
}

/** The files of a linked worktree as git lays them out. */
async function aWorktree(): Promise<Worktree> {
  const place = await aDirectory();
  const [workspacePath, common] = [join(place, 'workspace'), join(place, 'main/.git')];
  const own = join(common, 'worktrees/workspace');
  for (const directory of [workspacePath, own, 'objects', 'refs', 'logs', 'hooks']) {
    await mkdir(directory.startsWith('/') ? directory : join(common, directory), { recursive: true });
  }
  await writeFile(join(common, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(own, 'commondir'), '../..\n');
  await writeFile(join(own, 'gitdir'), `${workspacePath}/.git\n`);
  await writeFile(join(workspacePath, '.git'), `gitdir: ${own}\n`);
  return { workspacePath, common, own };
}

describe('what a turn may write', () => {
  test('is the workspace, with the git directory of a plain clone', async () => {
    const workspacePath = await aDirectory();
    await mkdir(join(workspacePath, '.git'));

    expect(await writable(workspacePath)).toMatchObject({
      writableRoots: [workspacePath, join(workspacePath, '.git')],
      networkAccess: false,
    });
  });

  test('is what a commit needs in a linked worktree, and nothing else of the main repository', async () => {
    const { workspacePath, common, own } = await aWorktree();

    expect(await writable(workspacePath)).toMatchObject({
      writableRoots: [workspacePath, own, ...['objects', 'refs', 'logs'].map((name) => join(common, name))],
    });
  });

  test('includes the place of the reflog, which a commit would make', async () => {
    const { workspacePath, common } = await aWorktree();
    await rm(join(common, 'logs'), { recursive: true });

    expect(await writable(workspacePath)).toMatchObject({
      writableRoots: expect.arrayContaining([join(common, 'logs')]),
    });
  });

  test('is no common temporary directory when the main repository is in one', async () => {
    const { workspacePath, common } = await aWorktree();

    const isTemporary = /^(\/private)?\/(tmp|var\/folders)\//.test(common);
    expect(await writable(workspacePath)).toMatchObject({
      excludeSlashTmp: isTemporary,
      excludeTmpdirEnvVar: isTemporary,
    });
  });

  test.each<[string, (worktree: Worktree) => Promise<unknown>]>([
    ['does not lead back', ({ own }) => writeFile(join(own, 'gitdir'), '/elsewhere/.git\n')],
    ['says nothing of a way back', ({ own }) => rm(join(own, 'gitdir'))],
    ['shares another repository', ({ own }) => writeFile(join(own, 'commondir'), '/\n')],
    ['is in no repository', ({ common }) => rm(join(common, 'HEAD'))],
    ['leads out of it', ({ workspacePath }) => writeFile(join(workspacePath, '.git'), 'gitdir: ..\n')],
    ['is no git directory', ({ own }) => rm(own, { recursive: true })],
    ['is nonsense', ({ workspacePath }) => writeFile(join(workspacePath, '.git'), 'nonsense\n')],
  ])('is the workspace alone when its link %s', async (_what, spoil) => {
    const worktree = await aWorktree();
    await spoil(worktree);

    expect(await writable(worktree.workspacePath)).toMatchObject({ writableRoots: [worktree.workspacePath] });
  });

  test('follows no symbolic link, whatever the worktree says', async () => {
    const { workspacePath, common, own } = await aWorktree();
    const elsewhere = await aDirectory();
    await rm(join(common, 'logs'), { recursive: true });
    await symlink(elsewhere, join(common, 'logs'));

    expect(await writable(workspacePath)).toMatchObject({
      writableRoots: [workspacePath, own, join(common, 'objects'), join(common, 'refs')],
    });
  });

  test('is exactly what the settings say when they say it', async () => {
    const { workspacePath } = await aWorktree();
    const turnSandboxPolicy = { type: 'workspaceWrite', writableRoots: [], networkAccess: true };

    expect(await writable(workspacePath, { codex: { turnSandboxPolicy } })).toEqual(turnSandboxPolicy);
  });

  test('is completed by what a commit needs when the settings leave it open, and keeps what they say', async () => {
    const { workspacePath, own } = await aWorktree();
    const turnSandboxPolicy = { type: 'workspaceWrite', networkAccess: true };

    expect(await writable(workspacePath, { codex: { turnSandboxPolicy } })).toMatchObject({
      ...turnSandboxPolicy,
      writableRoots: expect.arrayContaining([workspacePath, own]),
    });
  });
});
