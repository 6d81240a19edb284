import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';

/** Where a connection leads and how it is made, after OpenSSH's configuration was read for it (`ssh_config(5)`). */
export interface Destination {
  /** As written in `worker.ssh_hosts`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private keys to offer, in this order; those that are missing are left out already. */
  readonly identityFiles: readonly string[];
  /** The socket of an agent that holds keys; null for none. */
  readonly agentSocket: string | null;
  /** Offer only `identityFiles`, from files or from the agent. */
  readonly identitiesOnly: boolean;
  readonly hostKeys: HostKeyCheck;
  readonly connectTimeoutMs: number;
  /** Silence after which the server is asked for a sign of life; 0 never. */
  readonly aliveIntervalMs: number;
  /** So many unanswered questions end the connection. */
  readonly aliveCountMax: number;
  /** How the connection itself is to be made; absent: as usual. */
  readonly transport?: Transport;
  /** The machine through which this one is reached (ProxyJump); null for none. */
  readonly via: Destination | null;
}

/** What the configuration asks of the connection itself. Null: nothing; algorithms are in the order of preference. */
export interface Transport {
  /** The version of IP; 0 for either. */
  readonly addressFamily: 0 | 4 | 6;
  /** The own address to connect from. */
  readonly bindAddress: string | null;
  readonly ciphers: readonly CipherAlgorithm[] | null;
  readonly macs: readonly MacAlgorithm[] | null;
  readonly keyExchanges: readonly KexAlgorithm[] | null;
  /** Of keys of servers; `HostKeyCheck.algorithms` chooses among them. */
  readonly hostKeys: readonly ServerHostKeyAlgorithm[] | null;
}

/** Decides whether a server is the one that is meant. */
export interface HostKeyCheck {
  /** Algorithms for which a key is known, so that the server is asked for one of these; empty for no preference. */
  readonly algorithms: readonly string[];
  /** Null when the key is accepted (and then remembered, where the configuration says so), else why not and the mend. */
  verify(key: Buffer): Promise<string | null>;
}
