import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SUPERVISOR } from '../../src/hosts/supervisor.js';
import { needs } from '../helpers/needs.js';
import { alive, leftOf } from '../helpers/processes.js';

/** The script where the kernel keeps no lists of children. */
const WITHOUT_LISTS = SUPERVISOR.replace('children" ] || lists=yes', 'children" ] || lists=');
/** The script as macOS runs it: without /proc. */
const WITHOUT_PROC = SUPERVISOR.replace('proc=/proc;', 'proc=/nowhere;');
/** The script on a machine where it loses its turn just before it begins the command. */
const HELD_UP = SUPERVISOR.replace(
  'watcher=$!\n',
  'watcher=$!\nturn=0; while [ $turn -lt 200000 ]; do turn=$((turn + 1)); done\n',
);
/** Its functions alone. */
const FUNCTIONS = SUPERVISOR.slice(0, SUPERVISOR.indexOf('\nif ! command -v'));

const TREE = [
  `setsid sh -c 'echo $$; exec sleep 1000' &`,
  `env -i setsid sh -c 'echo $$; trap "" TERM; sleep 1000; sleep 1000' &`,
  'echo $$; wait',
].join('\n');

/** Heeds TERM, so that it ends at once. */
const SOFT_TREE = TREE.replace('trap "" TERM; ', '');

interface Supervised {
  readonly child: ChildProcess;
  readonly orders: Duplex;
  readonly reports: Readable;
  readonly pids: () => Promise<number[]>;
}

/** Runs a script of supervision as another host could: with orders and reports on two pipes. */
function supervise(shell: string, script: string, command: readonly string[]): Supervised {
  // Its first argument is the program that it is to be.
  const applet = shell === 'busybox' ? ['sh'] : [];
  const child = spawn(shell, [...applet, '-c', script, 'symphony', 'marker', ...command], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    (child.stdio[3] as Duplex).destroy();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  return {
    child,
    orders: child.stdio[3] as Duplex,
    reports: child.stdio[4] as Readable,
    pids: async () => {
      while (output.split('\n').length <= 3) await once(child.stdout as Readable, 'data');
      return output.trim().split('\n').map(Number);
    },
  };
}

describe.each([
  { shell: 'dash', from: '/proc', script: SUPERVISOR },
  { shell: 'bash', from: '/proc', script: SUPERVISOR },
  { shell: 'busybox', from: '/proc', script: SUPERVISOR },
  { shell: 'ksh', from: '/proc', script: SUPERVISOR },
  { shell: 'dash', from: '/proc without lists', script: WITHOUT_LISTS },
  { shell: 'dash', from: 'ps', script: WITHOUT_PROC },
  { shell: 'bash', from: 'ps', script: WITHOUT_PROC },
])('the supervisor in $shell with processes from $from', ({ shell, script }) => {
  test('ends the tree when a line comes on its control pipe', async (context) => {
    needs(context, shell, 'setsid', 'bash');
    const { child, orders, reports, pids } = supervise(shell, script, ['bash', '-c', TREE]);
    const tree = await pids();

    orders.write('stop\n');
    const [reported] = await Promise.all([text(reports), once(child, 'exit')]);

    expect(alive(tree)).toEqual([]);
    expect(tree.map((pid) => `pid ${pid}\n`)).toContain(reported);
  });

  test('ends the tree when its control pipe ends', async (context) => {
    needs(context, shell, 'setsid', 'bash');
    const { child, orders, pids } = supervise(shell, script, ['bash', '-c', SOFT_TREE]);
    const tree = await pids();

    orders.destroy();
    await once(child, 'exit');

    expect(alive(tree)).toEqual([]);
  });

  test('ends with the status of the command', async (context) => {
    needs(context, shell);
    const { child } = supervise(shell, script, ['sh', '-c', 'exit 42']);

    expect(await once(child, 'exit')).toEqual([42, null]);
  });

  test('reports a program that does not exist', async (context) => {
    needs(context, shell);
    const { child, reports } = supervise(shell, script, ['no-such-program']);

    const [reported] = await Promise.all([text(reports), once(child, 'exit')]);

    expect(reported).toBe('failed no-such-program was not found\n');
  });
});

describe('the supervisor', () => {
  test('is changed by these tests as they mean to', () => {
    expect(new Set([SUPERVISOR, WITHOUT_LISTS, WITHOUT_PROC, HELD_UP, TREE, SOFT_TREE]).size).toBe(6);
    expect(FUNCTIONS.length).toBeLessThan(SUPERVISOR.length - 100);
  });

  test('ends also a command that begins after the order to end it', async (context) => {
    needs(context, 'bash');
    const { child, orders, reports } = supervise('sh', HELD_UP, ['bash', '-c', 'sleep 1000']);

    orders.write('stop\n');
    const [reported] = await Promise.all([text(reports), once(child, 'exit')]);

    expect(reported).toMatch(/^(pid \d+\n)?$/);
    const pids = reported.split(/\D+/).filter(Boolean).map(Number);
    expect(pids.length === 0 ? [] : alive(pids)).toEqual([]);
  });

  test('leaves its watcher to end the tree when it is killed itself', async (context) => {
    needs(context, 'setsid', 'bash');
    const { child, orders, pids } = supervise('sh', SUPERVISOR, ['bash', '-c', TREE]);
    const tree = await pids();

    child.kill('SIGKILL');
    await once(child, 'exit');
    orders.destroy();

    expect(await leftOf(tree.slice(0, 1))).toEqual([]);
  });

  test('ends at least its group where it cannot look', async (context) => {
    needs(context, 'bash');
    const blind = SUPERVISOR.replace('awk -v me', 'no-such-awk -v me');
    const { child, orders, reports } = supervise('sh', blind, [
      'bash',
      '-c',
      'sleep 1000 & trap "" TERM; wait',
    ]);
    const [reported] = await once(reports, 'data');

    orders.destroy();

    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
    expect(await leftOf([Number(String(reported).slice('pid '.length))])).toEqual([]);
  });

  test('leaves a recorded number alone once it belongs to another process', async (context) => {
    needs(context, 'sleep');
    const sleeper = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const pid = sleeper.pid ?? 0;
    const ended = once(sleeper, 'exit');
    onTestFinished(() => {
      sleeper.kill('SIGKILL');
    });
    const signalling = async (start: string) => {
      const script = `${FUNCTIONS}\nmembers=${pid}:${start}; signal KILL; :`;
      await once(spawn('sh', ['-c', script, 'symphony', 'marker'], { stdio: 'ignore' }), 'exit');
    };
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) context.skip('because this system has no /proc');
    const start = stat?.slice(stat.lastIndexOf(') ') + 2).split(' ')[19] ?? '';

    await signalling(String(Number(start) - 1));
    expect(alive([pid])).toEqual([pid]);

    await signalling(start);
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  test('ends parents before their children, so that no script goes on to its next line when a program of it is ended', async () => {
    const pids = [100_000, 900, 77, 54_321, 8, 1_000, 31, 2_048, 999_999, 12];
    const lines = pids.map((pid, index) => `${pid} ${pids[index - 1] ?? '$$'} 5 1`);
    const script = `${FUNCTIONS}\nself=0 table="$$ 1 5 0\n${lines.reverse().join('\n')}"; members`;
    const { child } = supervise('sh', script, []);

    const told = await text(child.stdout as Readable);

    expect(told.split(' =')[0]?.split(' ')).toEqual(pids.map((pid) => `${pid}:1`));
  });

  test('costs two idle shells and no work while the command runs', async (context) => {
    if (process.platform !== 'linux') context.skip('because only the ps of Linux lists a session');
    const { child, orders, reports } = supervise('sh', SUPERVISOR, ['sleep', '1000']);
    await once(reports, 'data');

    const listed = spawn('ps', ['-o', 'pid=,args=', '-s', String(child.pid)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const processes = (await text(listed.stdout)).trim().split('\n');

    expect(processes).toHaveLength(3);
    orders.destroy();
  });
});
