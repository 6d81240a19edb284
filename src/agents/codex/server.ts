import type { CodexSettings } from '../../domain/settings.js';
import { packageVersion } from '../../files/package.js';
import { unwantedNotifications } from './deltas.js';
import { textOf } from './protocol.js';
import type { Rpc } from './rpc.js';

/** The program behind a connection, as it introduced itself. */
export interface Server {
  readonly rpc: Rpc;
  /** The version of Codex, such as `0.169.0`; null for a program that does not say it is Codex. */
  readonly version: string | null;
  /** The directory of Codex's own files; null for a program that does not tell. */
  readonly codexHome: string | null;
}

const NAME = 'symphony';

/** Introduces us (SPEC 10.2); real Codex answers with a user agent that begins with our name and its version. */
export async function introduce(rpc: Rpc, codex: CodexSettings): Promise<Server> {
  const answer = await rpc.call('initialize', {
    clientInfo: { name: NAME, title: 'Symphony', version: packageVersion() },
    capabilities: { experimentalApi: true, optOutNotificationMethods: unwantedNotifications(codex) },
  });
  rpc.notify('initialized', {});
  const [, version = null] = VERSION.exec(textOf(answer, 'userAgent') ?? '') ?? [];
  return { rpc, version, codexHome: textOf(answer, 'codexHome') };
}

const VERSION = new RegExp(`^${NAME}/(\\d+\\.\\d+\\.\\S+)`);
