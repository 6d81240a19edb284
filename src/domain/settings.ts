import type { JsonObject, JsonValue } from './json.js';

/** The name of the daemon's own machine among hosts. */
export const LOCAL_HOST = 'local';

/** WORKFLOW.md's front matter, resolved: defaults applied, `$VAR` and paths resolved, camelCase, nothing optional. */
export interface Settings {
  readonly tracker: TrackerSettings;
  readonly polling: { readonly intervalMs: number };
  readonly workspace: {
    /** On the daemon's machine, absolute. */
    readonly root: string;
    /** On a worker; `~` and what is relative mean the home directory there. */
    readonly remoteRoot: string;
    /** The root holds more than workspaces, so a directory that no mark calls one is somebody else's. */
    readonly isShared: boolean;
  };
  readonly hooks: HookSettings;
  readonly agent: AgentSettings;
  readonly codex: CodexSettings;
  readonly server: ServerSettings;
  readonly worker: {
    /** SSH destinations as written; empty: work runs on the daemon's own machine (SPEC Appendix A). */
    readonly sshHosts: readonly string[];
    readonly maxConcurrentAgentsPerHost: number | null;
  };
  readonly observability: {
    readonly dashboardEnabled: boolean;
    readonly refreshMs: number;
    readonly renderIntervalMs: number;
  };
}

export interface TrackerSettings {
  readonly kind: string;
  /** Adapter-owned keys as written, with flat aliases merged in; validated by the selected adapter. */
  readonly provider: JsonObject;
  readonly activeStates: readonly string[];
  readonly terminalStates: readonly string[];
  /** Trimmed and lower-cased; a blank entry is kept and matches nothing (SPEC 5.3.1). */
  readonly requiredLabels: readonly string[];
}

export interface ServerSettings {
  /** Null serves no port. */
  readonly port: number | null;
  readonly host: string;
  /** As written, so that no secret is carried around: `$NAME`, or the token itself; null has one made. */
  readonly token: string | null;
  /** Further names under which browsers may ask. */
  readonly allowedHosts: readonly string[];
}

export interface HookSettings {
  readonly afterCreate: string | null;
  readonly beforeRun: string | null;
  readonly afterRun: string | null;
  readonly beforeRemove: string | null;
  readonly timeoutMs: number;
  /** Secret-like names that hooks may inherit all the same. */
  readonly envAllow: readonly string[];
}

export interface AgentSettings {
  /** `codex` or `scripted`. */
  readonly kind: string;
  readonly maxConcurrentAgents: number;
  readonly maxTurns: number;
  readonly maxRetryBackoffMs: number;
  /** Keys are normalized state names. */
  readonly maxConcurrentAgentsByState: { readonly [state: string]: number };
  /** Secret-like names that the agent's commands may inherit all the same. */
  readonly envAllow: readonly string[];
}

export interface CodexSettings {
  readonly command: string;
  readonly approvalPolicy: JsonValue;
  readonly threadSandbox: string;
  /** Sent unchanged when given; null lets the adapter compute its default. */
  readonly turnSandboxPolicy: JsonValue;
  readonly turnTimeoutMs: number;
  readonly readTimeoutMs: number;
  /** 0 or less disables stall detection (SPEC 5.3.6). */
  readonly stallTimeoutMs: number;
  /** How long one command or tool call may keep a silent turn from counting as stalled; 0 or less: for ever. */
  readonly commandTimeoutMs: number;
  /** Lets Codex take the workspace for trusted, with what its repository configures. */
  readonly trustWorkspace: boolean;
  /** A retry goes on with the thread of the run before. */
  readonly resume: boolean;
}
