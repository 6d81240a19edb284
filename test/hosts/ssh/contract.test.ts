import { beforeEach, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/engine/system-clock.js';
import { sshHost } from '../../../src/hosts/ssh/ssh-host.js';
import { hostContract } from '../../contracts/host.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';

beforeEach(needsSshd);

hostContract('an SSH worker', async (env) => {
  const sshd = await startSshd({ env: { ...env } });
  const host = sshHost({
    name: 'build-1',
    clock: systemClock,
    resolve: async () => sshd.destination(),
    onLink: () => {},
  });
  onTestFinished(() => host.close());
  return host;
});
