import { localHost } from '../../../src/hosts/local.js';

// A daemon in miniature: runs one command and passes its output on. Ends as its argument says: `waits` to be killed, or
// `exits` by itself on the first line of its stdin, without closing the host.
const [, , command = '', cwd = '', ending = 'waits'] = process.argv;
const host = localHost(process.env);
await host.spawn({
  command,
  cwd,
  env: {},
  withoutEnv: [],
  marker: 'daemon',
  onStdout: (chunk) => process.stdout.write(chunk),
  onStderr: (chunk) => process.stderr.write(chunk),
});
if (ending === 'exits') process.stdin.once('data', () => process.exit(0));
