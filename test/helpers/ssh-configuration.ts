import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sshd } from './sshd-server.js';

/** A configuration of OpenSSH in a directory, which knows each server by an alias; gives its path. */
export async function writeSshConfiguration(
  directory: string,
  servers: { readonly [alias: string]: Sshd },
): Promise<string> {
  const config = join(directory, 'config');
  const known = Object.values(servers).map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey}\n`);
  await writeFile(join(directory, 'known_hosts'), known.join(''));
  await writeFile(
    config,
    Object.entries(servers)
      .map(([alias, sshd]) => entry(alias, sshd, directory))
      .join(''),
  );
  return config;
}

function entry(alias: string, { port, directory }: Sshd, place: string): string {
  return [
    `Host ${alias}`,
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  IdentityFile ${directory}/user_key`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile ${place}/known_hosts`,
    '  GlobalKnownHostsFile /dev/null',
    '  ConnectTimeout 20',
    '',
  ].join('\n');
}
