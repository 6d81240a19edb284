import { onTestFinished, type TestContext } from 'vitest';
import { launchSshd, type Sshd, type SshdOptions, withoutSshd } from './sshd-server.js';

/** Starts a server; ended after the test with all below it. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await launchSshd(options);
  onTestFinished(sshd.end);
  return sshd;
}

/** Skips the running test, with the reason, where no server can be started. */
export function needsSshd(context: TestContext): void {
  const reason = withoutSshd();
  if (reason !== null) context.skip(reason);
}
