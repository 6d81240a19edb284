import type { SpawnSpec } from '../../ports/host.js';
import { loginShell } from '../login-shell.js';
import { quoted } from './quoting.js';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What the far side's shell is told about a command, on one line of its stdin: a command line would show the values of
 * variables to everybody on that machine, and is limited. Nothing of the daemon's own environment is in it.
 * @throws Error that says what cannot be told to a shell
 */
export function commandProgram({ command, cwd, env, withoutEnv, marker }: SpawnSpec): string {
  const withheld = new Set(withoutEnv);
  const added = Object.entries(env).filter(([name]) => !withheld.has(name));
  const unfit = added.find(([name]) => !VARIABLE.test(name));
  if (unfit !== undefined)
    throw new Error(`no variable of a shell can have the name ${JSON.stringify(unfit[0])}`);
  const words = loginShell(command, withoutEnv).map(quoted);
  return [
    `symphony_cwd=${quoted(cwd)}`,
    `symphony_marker=${quoted(marker)}`,
    ...withoutEnv.filter((name) => VARIABLE.test(name)).map((name) => `unset -v ${name}`),
    ...added.map(([name, value]) => `export ${name}=${quoted(value)}`),
    `set -- ${words.join(' ')}`,
  ].join('; ');
}
