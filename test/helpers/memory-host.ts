import path from 'node:path/posix';
import type { Holder, Host, HostProcess, Hosts, ProcessExit, SpawnSpec } from '../../src/ports/host.js';

/** What a hook does on a host in memory: its exit status, or `hangs` until it is stopped. */
export type HookScript = (spec: SpawnSpec) => number | 'hangs';

/** A machine without disk and processes: directories are names, and a spawned command does as `script` says. */
export class MemoryHost implements Host {
  readonly name = 'local';
  readonly directories = new Set<string>();
  /** Each is of a daemon that is alive. */
  readonly holds = new Map<string, Holder>();
  readonly #texts = new Map<string, string>();
  readonly #script: HookScript;

  constructor(script: HookScript = () => 0) {
    this.#script = script;
  }

  async spawn(spec: SpawnSpec): Promise<HostProcess> {
    const status = this.#script(spec);
    let end: (exit: ProcessExit) => void = () => {};
    const exited = new Promise<ProcessExit>((resolve) => {
      end = resolve;
    });
    if (status !== 'hangs') end({ code: status, signal: null });
    return {
      processId: 1,
      exited,
      write: () => {},
      closeStdin: () => {},
      stop: async () => {
        end({ code: null, signal: 'SIGKILL' });
        return { survivors: [] };
      },
    };
  }

  async absolutePath(target: string) {
    return path.resolve('/home/test', target);
  }

  async kindOf(target: string) {
    return this.directories.has(target) ? 'directory' : this.#texts.has(target) ? 'other' : 'missing';
  }

  async physicalPath(target: string): Promise<string> {
    return target;
  }

  async makeDirectory(target: string): Promise<void> {
    this.directories.add(target);
  }

  async remove(target: string): Promise<void> {
    this.directories.delete(target);
    this.#texts.delete(target);
  }

  async readText(target: string): Promise<string | null> {
    return this.#texts.get(target) ?? null;
  }

  async writeText(target: string, text: string): Promise<void> {
    this.#texts.set(target, text);
  }

  async list(target: string): Promise<readonly string[]> {
    const within = [...this.directories].filter((directory) => path.dirname(directory) === target);
    return within.map((directory) => path.basename(directory)).sort();
  }

  async hold(target: string, { id, note }: Holder): Promise<string | null> {
    const held = this.holds.get(target);
    if (held !== undefined && held.id !== id) return held.note;
    this.holds.set(target, { id, note });
    return null;
  }

  async letGo(target: string, { id }: Holder): Promise<void> {
    if (this.holds.get(target)?.id === id) this.holds.delete(target);
  }

  async close(): Promise<void> {}
}

/** Hosts that are all this one. */
export function oneHost(host: Host): Hosts {
  return { get: () => host, reach: async () => {}, close: () => host.close() };
}
