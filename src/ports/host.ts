/**
 * One machine: processes and per-issue directories (SPEC 9, Appendix A). Everything that touches a workspace goes
 * through it, so that the same code works locally and over SSH. Paths are absolute on that machine. Failures are
 * SymphonyErrors: `host_unreachable`, `process_spawn_failed`, `workspace_unavailable`.
 */
export interface Host {
  /** `local`, or the worker's name as configured. */
  readonly name: string;
  /** Starts a command under the supervisor, in a session of its own. Resolves once it runs. */
  spawn(spec: SpawnSpec): Promise<HostProcess>;
  /** An absolute path for one that may begin with `~` or be relative, which mean the home directory there. */
  absolutePath(path: string): Promise<string>;
  /** What is at a path, links not followed. */
  kindOf(path: string): Promise<PathKind>;
  /** The physical path: every existing segment resolved through links, a missing tail kept. */
  physicalPath(path: string): Promise<string>;
  /** Makes a directory and its parents; fine when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or a whole directory without following links; fine when it is missing. */
  remove(path: string): Promise<void>;
  /** Reads a small text file; null when missing. */
  readText(path: string): Promise<string | null>;
  /** Writes a small text file atomically: readers see the old or the new text. */
  writeText(path: string, text: string): Promise<void>;
  /** Names in a directory, sorted; empty when missing. */
  list(path: string): Promise<readonly string[]>;
  /**
   * Takes a hold, a small file that says who has something, with the directory it is in; fine when it is the holder's
   * already. Null then; otherwise the note of the one who has it and is alive, as far as this machine can tell. It counts
   * until `letGo`, or until what stands for its daemon here has ended: the daemon itself on its own machine, elsewhere
   * its sessions. Of several who ask at once one gets it.
   */
  hold(path: string, holder: Holder): Promise<string | null>;
  /** Gives a hold up; fine when it is not the holder's. */
  letGo(path: string, holder: Holder): Promise<void>;
  /** Ends what the host still holds. */
  close(): Promise<void>;
}

/** The machines on which work can be done, by their names. */
export interface Hosts {
  /** A host that no settings name any more is there for as long as something of it is left to be ended or removed. */
  get(name: string): Host;
  /** Whether a host answers, within its connect timeout. @throws SymphonyError `host_unreachable` with the reason */
  reach(name: string): Promise<void>;
  /** Ends what all hosts still hold. */
  close(): Promise<void>;
}

/** A daemon as the holder of something. */
export interface Holder {
  /** Letters and digits, others for each start of a daemon; the markers of what it spawns begin with it and a `-`. */
  readonly id: string;
  /** One line for those who find the hold. */
  readonly note: string;
}

/** What stands at a path; `link` whatever it points to. */
export type PathKind = 'missing' | 'directory' | 'link' | 'other';

export interface SpawnSpec {
  /** A shell command; run as `bash -lc <command>`. */
  readonly command: string;
  readonly cwd: string;
  /** Added to the host's own environment. */
  readonly env: { readonly [name: string]: string };
  /**
   * Names of the daemon's own environment that a far machine gets, too, where they are set and not in `withoutEnv`;
   * nothing else of it goes there. On the daemon's machine commands have that environment anyway.
   */
  readonly sharedEnv?: readonly string[];
  /** Removed from the environment, and again after the login profile ran. */
  readonly withoutEnv: readonly string[];
  /** Names the run or hook; every descendant carries it in its environment, and the sweep finds them by it. */
  readonly marker: string;
  /** Called with each chunk in order; must not throw. */
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
}

/** How a process ended. */
export interface ProcessExit {
  /** Null when a signal ended it, or nobody knows. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Set when the way to the host was lost before the end of the process was known; why, for people. */
  readonly lost?: string;
}

/** A supervised process: it and its descendants end when it is stopped or when the daemon dies. */
export interface HostProcess {
  /** The command's own process number on its host. */
  readonly processId: number;
  /** Settles once when the command has exited and its output is drained; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Queues text for the command's stdin; after its exit a no-op. */
  write(text: string): void;
  closeStdin(): void;
  /**
   * Ends the whole tree: close stdin, TERM after `graceMs`, sweep of descendants, KILL. Resolves when nothing is left,
   * or after a bound of a few seconds beyond the grace, with what is left. Safe to call twice.
   */
  stop(graceMs: number): Promise<{ readonly survivors: readonly number[] }>;
}
