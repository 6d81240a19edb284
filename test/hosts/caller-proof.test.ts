import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { callerRefusal, openCallerProofs, proveCaller } from '../../src/hosts/caller-proof.js';
import { needs } from '../helpers/needs.js';
import { aPlace } from '../helpers/processes.js';

// Goal: over a socket, too, an agent that has read the operator's token is told from a person, and a person is never
// taken for an agent.

/** For a machine that does much else. */
const PATIENT_MS = 60_000;

/** A state directory whose daemon takes proofs, and a root of workspaces. */
async function aDaemonsPlace() {
  const stateDirectory = await aPlace();
  await openCallerProofs(stateDirectory);
  return { stateDirectory, workspaceRoot: await aPlace(), limitMs: PATIENT_MS };
}

/** What this process would send; its proof is withdrawn after the test. */
async function ownClaim(stateDirectory: string) {
  const { headers, close } = await proveCaller(stateDirectory);
  onTestFinished(close);
  return { processId: headers['x-symphony-process'], proof: headers['x-symphony-proof'] };
}

interface Holding {
  readonly cwd?: string;
  /** A script that runs `$SCRIPT`. */
  readonly by?: string;
}

/** A process that holds a proof until the test ends, and what it would send. */
async function claimOf(stateDirectory: string, { cwd = '/', by = 'eval "$SCRIPT"' }: Holding = {}) {
  const proof = 'p'.repeat(24);
  const file = join(stateDirectory, 'callers', proof);
  const script = `exec 3>'${file}'; echo $$; read -r _`;
  const child = spawn('bash', ['-c', by], {
    cwd,
    env: { PATH: process.env['PATH'], SCRIPT: script },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(() => {
    child.stdin.end();
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === (by === ALONE ? 2 : 1)) break;
  }
  return { processId: String(said.find((line) => line !== LEFT)), proof };
}

const LEFT = 'left alone';
/** Nobody's processes lead to what it runs, once it has said so; its input is that of the one that started it. */
const ALONE = `exec 9<&0; (setsid bash -c "$SCRIPT" <&9 &); echo ${LEFT}; read -r _`;

describe('an order over the socket', () => {
  beforeEach((context) => {
    needs(context, 'bash', 'setsid');
    if (!existsSync('/proc/self/fd')) context.skip('because this machine does not tell what a process holds');
  });

  test('of a process that holds its proof is taken, once', async () => {
    const place = await aDaemonsPlace();
    const claim = await ownClaim(place.stateDirectory);

    const answers = await Promise.all([callerRefusal(claim, place), callerRefusal(claim, place)]);

    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    expect(await callerRefusal(claim, place)).toContain('no longer counts');
  });

  test('of a process that is nobody’s is taken', async () => {
    const place = await aDaemonsPlace();
    const claim = await claimOf(place.stateDirectory, { by: ALONE });

    expect(claim.processId).not.toBe(String(process.pid));
    expect(await callerRefusal(claim, place)).toBeNull();
  });

  test('is taken also when the state directory is reached through a link', async () => {
    const place = await aDaemonsPlace();
    const link = join(await aPlace(), 'link');
    await symlink(place.stateDirectory, link);
    const claim = await ownClaim(link);

    expect(await callerRefusal(claim, { ...place, stateDirectory: link })).toBeNull();
  });

  test('of a process that this one has started is refused with its number', async () => {
    const place = await aDaemonsPlace();
    const claim = await claimOf(place.stateDirectory);

    expect(await callerRefusal(claim, place)).toBe(
      `It was sent by process ${claim.processId}, which an agent or a hook has started.`,
    );
  });

  test('that names a person’s process is refused when an agent has the proof, too', async () => {
    const place = await aDaemonsPlace();
    const { proof, processId } = await claimOf(place.stateDirectory);

    const refusal = await callerRefusal({ proof, processId: String(process.pid) }, place);

    expect(refusal).toContain(`process ${processId}, which an agent or a hook has started`);
  });

  test('of a process that works in a workspace is refused', async () => {
    const place = await aDaemonsPlace();
    const cwd = join(place.workspaceRoot, 'A-1');
    await mkdir(cwd);
    const claim = await claimOf(place.stateDirectory, { cwd, by: ALONE });

    expect(await callerRefusal(claim, place)).toContain('which works in a workspace');
  });

  test('with a proof that its process does not hold is refused, and the proof still counts', async () => {
    const place = await aDaemonsPlace();
    const claim = await ownClaim(place.stateDirectory);

    const refusal = await callerRefusal({ ...claim, processId: String(process.ppid) }, place);

    expect(refusal).toContain(`Process ${process.ppid} does not hold the proof`);
    expect(await callerRefusal(claim, place)).toBeNull();
  });

  test('without a proof, or with a name that is none, is refused', async () => {
    const place = await aDaemonsPlace();
    await writeFile(join(place.stateDirectory, 'operator-token'), '');
    const unproven = expect.stringContaining('does not show which process sent it');

    const { proof } = await ownClaim(place.stateDirectory);

    expect(await callerRefusal({ processId: undefined, proof: undefined }, place)).toEqual(unproven);
    expect(await callerRefusal({ processId: '../self', proof }, place)).toEqual(unproven);
    expect(await callerRefusal({ processId: `${process.pid}`, proof: '../operator-token' }, place)).toEqual(
      unproven,
    );
  });

  test('is refused for the moment when the look takes too long', async () => {
    const place = await aDaemonsPlace();
    const claim = await ownClaim(place.stateDirectory);

    expect(await callerRefusal(claim, { ...place, limitMs: 0 })).toContain('send it again');
  });
});

describe('proofs', () => {
  test('are not asked for where the machine does not tell of processes', async () => {
    const place = await aDaemonsPlace();

    expect(
      await callerRefusal({ processId: undefined, proof: undefined }, { ...place, proc: null }),
    ).toBeNull();
  });

  test('are for their own user, and gone once closed', async () => {
    const { stateDirectory } = await aDaemonsPlace();
    const { headers, close } = await proveCaller(stateDirectory);
    const file = join(stateDirectory, 'callers', headers['x-symphony-proof']);

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(stateDirectory, 'callers'))).mode & 0o777).toBe(0o700);
    await close();

    expect(await readdir(join(stateDirectory, 'callers'))).toEqual([]);
  });

  test('that killed callers left are removed at the next start, and nothing else is', async () => {
    const { stateDirectory } = await aDaemonsPlace();
    await writeFile(join(stateDirectory, 'callers', 'x'.repeat(24)), '');
    await writeFile(join(stateDirectory, 'callers', 'of-a-person.txt'), '');

    await openCallerProofs(stateDirectory);

    expect(await readdir(join(stateDirectory, 'callers'))).toEqual(['of-a-person.txt']);
  });

  test('that cannot be written say so before anything is ordered', async () => {
    await expect(proveCaller(await aPlace())).rejects.toMatchObject({ code: 'state_directory_unavailable' });
  });
});
