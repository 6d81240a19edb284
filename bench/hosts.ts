import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { HostLink } from '../src/domain/snapshot.js';
import { systemClock } from '../src/engine/system-clock.js';
import { sshHost } from '../src/hosts/ssh/ssh-host.js';
import type { HostProcess, SpawnSpec } from '../src/ports/host.js';
import { launchSshd, type Sshd, withoutSshd } from '../test/helpers/sshd-server.js';

const AGENTS = 50;
const REQUESTS = 200;
/** What an agent is here: it says that it is there, and waits. */
const AGENT = 'echo ready; read -r _';

/** What fifty agents on one worker cost on the daemon's side, against one `ssh` for each of them. */
export async function hosts(): Promise<string[]> {
  const reason = withoutSshd();
  if (reason !== null) return [`hosts: not measured, ${reason}`];
  const sshd = await launchSshd();
  try {
    return [await overConnections(sshd), await overPrograms(sshd)];
  } finally {
    await sshd.end();
  }
}

async function overConnections(sshd: Sshd): Promise<string> {
  let link: HostLink = { connections: 0, sessions: 0 };
  const host = sshHost({
    name: 'worker',
    clock: systemClock,
    resolve: async () => sshd.destination(),
    onLink: (changed) => {
      link = changed;
    },
  });
  await host.list(sshd.home);
  const memoryBefore = process.memoryUsage.rss();
  const fromMs = performance.now();
  const agents = await Promise.all(Array.from({ length: AGENTS }, () => anAgent(host.spawn, sshd.home)));
  const startedMs = performance.now() - fromMs;
  const grownMb = (process.memoryUsage.rss() - memoryBefore) / 2 ** 20;
  const askedFromMs = performance.now();
  for (let asked = 0; asked < REQUESTS; asked++) await host.kindOf(sshd.home);
  const requestMs = (performance.now() - askedFromMs) / REQUESTS;
  const { connections } = link;
  for (const agent of agents) agent.closeStdin();
  await Promise.all(agents.map(({ exited }) => exited));
  await host.close();
  return (
    `${AGENTS} agents on one worker: ${connections} connections, no further process, ${grownMb.toFixed(0)} MB more, ` +
    `all there after ${startedMs.toFixed(0)} ms, a request for a file takes ${requestMs.toFixed(1)} ms ` +
    `(target at most ${Math.ceil(AGENTS / 10) + 1} connections)`
  );
}

/** Settles once the agent has said that it is there. */
function anAgent(start: (spec: SpawnSpec) => Promise<HostProcess>, cwd: string): Promise<HostProcess> {
  return new Promise((resolve, reject) => {
    let started: HostProcess | null = null;
    let isReady = false;
    const settle = (): void => {
      if (started !== null && isReady) resolve(started);
    };
    const onStdout = (): void => {
      isReady = true;
      settle();
    };
    start({
      command: AGENT,
      cwd,
      env: {},
      withoutEnv: [],
      marker: 'bench',
      onStdout,
      onStderr: () => {},
    }).then((process) => {
      started = process;
      settle();
    }, reject);
  });
}

async function overPrograms(sshd: Sshd): Promise<string> {
  const fromMs = performance.now();
  const programs: ChildProcess[] = [];
  // No faster than sshd takes them (`MaxStartups`).
  for (let begun = 0; begun < AGENTS; begun += 5) {
    const some = Array.from({ length: 5 }, () =>
      spawn('ssh', sshArguments(sshd), { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    programs.push(...some);
    await Promise.all(some.map(({ stdout }) => once(stdout, 'data')));
  }
  const startedMs = performance.now() - fromMs;
  const memoryMb = programs.reduce((sum, { pid }) => sum + ownMemoryMb(pid ?? 0), 0);
  for (const program of programs) program.stdin?.end();
  await Promise.all(programs.map((program) => once(program, 'exit')));
  return (
    `the same with one ssh for each: ${AGENTS} connections, ${programs.length} processes, ${memoryMb.toFixed(0)} MB, ` +
    `all there after ${startedMs.toFixed(0)} ms`
  );
}

function sshArguments({ port, directory }: Sshd): string[] {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'IdentitiesOnly=yes',
  ];
  const key = ['-i', `${directory}/user_key`];
  return [
    '-F',
    '/dev/null',
    ...options.flatMap((option) => ['-o', option]),
    ...key,
    '-p',
    String(port),
    '127.0.0.1',
    `bash -lc '${AGENT}'`,
  ];
}

/** What is a process's alone, and its share of what it has with others. */
function ownMemoryMb(pid: number): number {
  const [, kilobytes] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
