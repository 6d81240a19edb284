import { systemClock } from '../../../src/engine/system-clock.js';
import { sshHost } from '../../../src/hosts/ssh/ssh-host.js';
import { destinationOf, type SshdPlace } from '../sshd-destination.js';

// A daemon in miniature with one command on a worker, whose output it passes on; ends when it is killed.
const [, , place = '', command = '', cwd = ''] = process.argv;
const host = sshHost({
  name: 'build-1',
  clock: systemClock,
  resolve: async () => destinationOf(JSON.parse(place) as SshdPlace),
  onLink: () => {},
});
await host.spawn({
  command,
  cwd,
  env: {},
  withoutEnv: [],
  marker: 'daemon',
  onStdout: (chunk) => process.stdout.write(chunk),
  onStderr: (chunk) => process.stderr.write(chunk),
});
