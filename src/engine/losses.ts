import type { Host } from '../ports/host.js';

/** The same host, which tells when the way to one of its processes is lost. */
export function noticingLosses(host: Host, onLost: (reason: string) => void): Host {
  return {
    name: host.name,
    spawn: async (spec) => {
      const started = await host.spawn(spec);
      void started.exited.then(({ lost }) => {
        if (lost !== undefined) onLost(lost);
      });
      return started;
    },
    absolutePath: (path) => host.absolutePath(path),
    kindOf: (path) => host.kindOf(path),
    physicalPath: (path) => host.physicalPath(path),
    makeDirectory: (path) => host.makeDirectory(path),
    remove: (path) => host.remove(path),
    readText: (path) => host.readText(path),
    writeText: (path, text) => host.writeText(path, text),
    list: (path) => host.list(path),
    hold: (path, holder) => host.hold(path, holder),
    letGo: (path, holder) => host.letGo(path, holder),
    close: () => host.close(),
  };
}
