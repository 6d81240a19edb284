import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, realpath } from 'node:fs/promises';
import { SymphonyError } from '../../src/domain/error.js';
import type { Host, HostProcess, ProcessExit, SpawnSpec } from '../../src/ports/host.js';

/** The least of a host that an agent needs: processes of this machine, in groups that `stop` ends. */
export function childHost(): Host {
  const unused = (): never => {
    throw new Error('this host only runs processes');
  };
  return {
    name: 'local',
    spawn: spawnChild,
    kindOf: async (path) => {
      const found = await lstat(path).catch(() => null);
      if (found === null) return 'missing';
      return found.isDirectory() ? 'directory' : 'other';
    },
    physicalPath: (path) => realpath(path),
    makeDirectory: unused,
    remove: unused,
    readText: unused,
    writeText: unused,
    list: unused,
    close: async () => {},
  };
}

async function spawnChild(spec: SpawnSpec): Promise<HostProcess> {
  const env = { ...process.env, ...spec.env };
  for (const name of spec.withoutEnv) delete env[name];
  const child = spawn('bash', ['-lc', spec.command], { cwd: spec.cwd, env, detached: true });
  child.stdout.on('data', spec.onStdout);
  child.stderr.on('data', spec.onStderr);
  child.stdin.on('error', () => {});
  const exited = once(child, 'close').then(([code, signal]): ProcessExit => ({ code, signal }));
  const { pid } = child;
  if (pid === undefined) throw new SymphonyError('process_spawn_failed', 'bash could not be started');
  const kill = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone already.
    }
  };
  const endsWithin = (ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, false);
      void exited.then(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  return {
    processId: pid,
    exited,
    write: (text) => void child.stdin.write(text),
    closeStdin: () => void child.stdin.end(),
    async stop(graceMs) {
      child.stdin.end();
      if (!(await endsWithin(Math.min(graceMs, 300)))) kill('SIGTERM');
      if (!(await endsWithin(300))) kill('SIGKILL');
      await exited;
      return { survivors: [] };
    },
  };
}
