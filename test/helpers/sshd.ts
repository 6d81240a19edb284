import { onTestFinished } from 'vitest';
import { launchSshd, type Sshd, type SshdOptions } from './sshd-server.js';

/** Starts a server; ended after the test with all below it. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await launchSshd(options);
  onTestFinished(sshd.end);
  return sshd;
}
