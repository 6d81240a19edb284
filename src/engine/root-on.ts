import { LOCAL_HOST, type Settings } from '../domain/settings.js';
import type { Host } from '../ports/host.js';

/** The parent of the workspaces on a host, absolute. */
export async function rootOn(host: Host, { workspace }: Pick<Settings, 'workspace'>): Promise<string> {
  return host.name === LOCAL_HOST ? workspace.root : await host.absolutePath(workspace.remoteRoot);
}
