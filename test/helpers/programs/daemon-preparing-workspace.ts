import { systemClock } from '../../../src/engine/system-clock.js';
import { localHost } from '../../../src/hosts/local.js';
import { Holds } from '../../../src/workspaces/holds.js';
import { prepareWorkspace } from '../../../src/workspaces/workspaces.js';

// A daemon in miniature that prepares the workspace of MT-1 and tells on stdout when after_create has begun.
const [, , root = '', afterCreate = ''] = process.argv;
await prepareWorkspace(root, {
  host: localHost(process.env),
  clock: systemClock,
  isRootShared: false,
  holds: new Holds({ id: 'another', pid: process.pid, machine: 'build-9', stateDirectory: '/state/two' }),
  hooks: {
    afterCreate,
    beforeRun: null,
    afterRun: null,
    beforeRemove: null,
    envAllow: [],
    timeoutMs: 600_000,
  },
  issue: { id: 'id of MT-1', identifier: 'MT-1' },
  attempt: null,
  withoutEnv: [],
  marker: 'another-daemon',
  signal: null,
  onReport: ({ event }) => process.stdout.write(`${event}\n`),
});
