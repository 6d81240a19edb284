import { homedir, hostname, userInfo } from 'node:os';

/** Where the configuration of OpenSSH is looked for, and what its words stand for. */
export interface ConfigContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `~` leads. */
  readonly home: string;
  /** The user whose daemon this is. */
  readonly user: string;
  readonly userId: number;
  /** The name of the daemon's machine. */
  readonly machine: string;
  /** The folder of `ssh_config` and `ssh_known_hosts`. */
  readonly systemDirectory: string;
  /** Whether keys that `accept-new` lets in are remembered; by default they are. Who only looks writes nothing. */
  readonly remembersKeys?: boolean;
}

/** The context of this process. As for OpenSSH, home is what the system's list of users says, whatever HOME does. */
export function configContext(env: ConfigContext['env']): ConfigContext {
  return { env, ...account(env), machine: hostname(), systemDirectory: '/etc/ssh' };
}

function account(env: ConfigContext['env']): Pick<ConfigContext, 'home' | 'user' | 'userId'> {
  try {
    const { homedir: home, username, uid } = userInfo();
    return { home, user: username, userId: uid };
  } catch {
    // In a container the number of the user may not be in the list.
    const user = env['USER'] ?? env['LOGNAME'] ?? String(process.getuid?.() ?? '');
    return { home: env['HOME'] ?? homedir(), user, userId: process.getuid?.() ?? 0 };
  }
}
