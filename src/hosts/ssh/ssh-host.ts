import { posix } from 'node:path';
import { errorMessage, SymphonyError } from '../../domain/error.js';
import type { HostLink } from '../../domain/snapshot.js';
import type { Clock } from '../../ports/clock.js';
import type { Host, HostProcess, SpawnSpec } from '../../ports/host.js';
import { within } from '../../ports/within.js';
import { commandProgram } from './command-program.js';
import { unreachable } from './connect-failure.js';
import type { Destination } from './destination.js';
import { Lease } from './lease.js';
import { newToken } from './marked-stream.js';
import { Pool } from './pool.js';
import { RemoteFiles } from './remote-files.js';
import { NotInstalled, SshProcess } from './ssh-process.js';

/** What has not begun by then is not waited for when the host is closed. */
const CLOSE_LIMIT_MS = 5_000;

export interface SshHostParts {
  readonly name: string;
  readonly clock: Clock;
  /** What `sharedEnv` takes its values from; of all else nothing crosses. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Asked before each connection. @throws SymphonyError `host_unreachable` */
  readonly resolve: () => Promise<Destination>;
  readonly onLink: (link: HostLink) => void;
}

export interface SshHost extends Host {
  /** Whether the machine answers, within its connect timeout. @throws SymphonyError `host_unreachable` */
  reach(): Promise<void>;
}

/** A machine over SSH. Nothing need be installed there but sshd, a POSIX shell with the usual programs, and bash. */
export function sshHost({ name, clock, env = {}, resolve, onLink }: SshHostParts): SshHost {
  const pool = new Pool({ name, clock, resolve, onLink });
  const lease = new Lease(pool, clock);
  const files = new RemoteFiles(name, { pool, lease, clock });
  const running = new Set<SshProcess>();
  const starting = new Set<Promise<unknown>>();
  let isClosed = false;

  const start = async (spec: SpawnSpec, program: string): Promise<SshProcess> => {
    const path = await lease.hold();
    try {
      const command = `exec /bin/sh ${posix.dirname(path)}/command ${posix.basename(path)}`;
      const opened = await pool.open(command, 'command');
      const started = new SshProcess({ opened, lease, clock, path, token: newToken(), program }, spec);
      running.add(started);
      void started.exited.then(() => running.delete(started));
      if (isClosed) void started.stop(0);
      await started.running;
      return started;
    } catch (error) {
      lease.release(path);
      throw error;
    }
  };

  const spawn = async (spec: SpawnSpec): Promise<HostProcess> => {
    const program = programOf(withShared(spec, env));
    try {
      return await start(spec, program);
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      await lease.renew();
      return await start(spec, program);
    }
  };

  return {
    name,
    spawn(spec) {
      if (isClosed)
        return Promise.reject(unreachable({ name }, 'Symphony is closing its connections', undefined));
      const spawning = spawn(spec);
      starting.add(spawning);
      void spawning.catch(() => {}).then(() => starting.delete(spawning));
      return spawning;
    },
    absolutePath: (target) => files.absolutePath(target),
    kindOf: (target) => files.kindOf(target),
    physicalPath: (target) => files.physicalPath(target),
    makeDirectory: (target) => files.makeDirectory(target),
    remove: (target) => files.remove(target),
    readText: (target) => files.readText(target),
    writeText: (target, text) => files.writeText(target, text),
    list: (target) => files.list(target),
    hold: (target, holder) => files.hold(target, holder),
    letGo: (target, holder) => files.letGo(target, holder),
    reach: () => pool.reach(),
    async close() {
      isClosed = true;
      pool.stopConnecting();
      await within(clock, CLOSE_LIMIT_MS, Promise.allSettled([...starting]));
      await Promise.all([...running].map((started) => started.stop(0)));
      await files.close();
      await lease.close();
      await pool.close();
    },
  };
}

/** What a command gets of the daemon's environment, under what is set for it in particular. */
function withShared(spec: SpawnSpec, env: Readonly<Record<string, string | undefined>>): SpawnSpec {
  const shared: { [name: string]: string } = {};
  for (const name of spec.sharedEnv ?? []) {
    const value = env[name];
    if (value !== undefined && !spec.withoutEnv.includes(name)) shared[name] = value;
  }
  return { ...spec, env: { ...shared, ...spec.env } };
}

function programOf(spec: SpawnSpec): string {
  try {
    return commandProgram(spec);
  } catch (error) {
    const text = `a command could not be started in ${spec.cwd}: ${errorMessage(error)}`;
    throw new SymphonyError('process_spawn_failed', text, { cause: error });
  }
}
