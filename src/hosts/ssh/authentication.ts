import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod, BaseAgent, ParsedKey, PublicKeyEntry } from 'ssh2';
import { errorMessage } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import { within } from '../../ports/within.js';
import type { Destination } from './destination.js';
import { ssh2 } from './ssh2.js';

/** How to come in, and for people what was left out and why. */
export interface Credentials {
  readonly methods: readonly AnyAuthMethod[];
  /** The keys that are offered. */
  readonly offered: readonly string[];
  /** What could have been offered, and the mend. */
  readonly remarks: readonly string[];
}

interface HeldKeys {
  readonly agent: BaseAgent<ParsedKey> | null;
  readonly keys: readonly ParsedKey[];
}

interface KeyFile {
  readonly path: string;
  readonly publicKey: Buffer | null;
  /** Null when it can be used through an agent alone. */
  readonly privateKey: ParsedKey | null;
  readonly problem: string | null;
}

const OPENSSH_KEY = 'openssh-key-v1\0';

/**
 * What OpenSSH would offer, in its order: keys of the agent that are configured, its other ones unless only configured ones
 * may be offered, then keys from files. An encrypted file is used through the agent, since nobody is there to ask.
 */
export async function credentialsOf(destination: Destination, clock: Clock): Promise<Credentials> {
  const remarks: string[] = [];
  const files = await Promise.all(destination.identityFiles.map(readKeyFile));
  const { agent, keys: held } = await heldByAgent(destination, clock, remarks);
  const holds = (file: KeyFile): ParsedKey | undefined =>
    held.find((key) => file.publicKey !== null && key.getPublicSSH().equals(file.publicKey));
  const configured = files.map(holds).filter((key) => key !== undefined);
  const others = destination.identitiesOnly ? [] : held.filter((key) => !configured.includes(key));
  const fromAgent = [...configured, ...others];
  const fromFiles = files.filter((file) => file.privateKey !== null && holds(file) === undefined);
  for (const file of files) {
    if (file.privateKey === null && holds(file) === undefined && file.problem !== null)
      remarks.push(file.problem);
  }
  const username = destination.user;
  const methods: AnyAuthMethod[] = [{ type: 'none', username }];
  if (agent !== null && fromAgent.length > 0) {
    methods.push({ type: 'agent', username, agent: offering(agent, fromAgent) });
  }
  for (const { privateKey } of fromFiles) {
    if (privateKey !== null) methods.push({ type: 'publickey', username, key: privateKey });
  }
  const offered = [
    ...fromAgent.map((key) => `${key.comment || key.type} of the agent`),
    ...fromFiles.map(({ path }) => path),
  ];
  return { methods, offered, remarks };
}

async function heldByAgent(destination: Destination, clock: Clock, remarks: string[]): Promise<HeldKeys> {
  const { agentSocket, connectTimeoutMs } = destination;
  if (agentSocket === null) return { agent: null, keys: [] };
  const { createAgent, OpenSSHAgent } = ssh2();
  const agent = createAgent(agentSocket);
  if (!(agent instanceof OpenSSHAgent)) return { agent: null, keys: [] };
  const asking = new Promise<readonly ParsedKey[] | null>((resolve) => {
    agent.getIdentities((_error, keys) => resolve(keys?.filter(isParsed) ?? null));
  });
  const keys = await within(clock, connectTimeoutMs, asking);
  if (keys === null) {
    remarks.push(
      `the agent at ${agentSocket} does not answer: start it, or correct IdentityAgent or SSH_AUTH_SOCK`,
    );
  }
  return { agent, keys: keys ?? [] };
}

/** The agent of OpenSSH gives keys that are parsed already; the type allows for other ones. */
function isParsed(key: ParsedKey | PublicKeyEntry): key is ParsedKey {
  return 'getPublicSSH' in key;
}

/** The same agent with these keys alone, in this order. */
function offering(agent: BaseAgent<ParsedKey>, keys: readonly ParsedKey[]): BaseAgent<ParsedKey> {
  // An agent is known by its class, so this one has its prototype.
  return Object.assign(Object.create(agent), {
    getIdentities: (callback: (error: undefined, keys: readonly ParsedKey[]) => void) =>
      callback(undefined, keys),
  });
}

async function readKeyFile(path: string): Promise<KeyFile> {
  const { parseKey } = ssh2().utils;
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    return {
      path,
      publicKey: null,
      privateKey: null,
      problem: `${path} cannot be read: ${errorMessage(error)}`,
    };
  }
  const key = parseKey(content);
  if (key instanceof Error) {
    const problem = /encrypted/i.test(key.message)
      ? `${path} is encrypted and no agent holds it: run ssh-add ${path}, and start Symphony with that agent`
      : `${path} cannot be used: ${key.message}`;
    return { path, publicKey: (await publicFile(path)) ?? publicPart(content), privateKey: null, problem };
  }
  const publicKey = key.getPublicSSH();
  if (key.isPrivateKey()) return { path, publicKey, privateKey: key, problem: null };
  return {
    path,
    publicKey,
    privateKey: null,
    problem: `${path} is a public key, and no agent holds its private one`,
  };
}

/** The public key beside a private one. */
async function publicFile(path: string): Promise<Buffer | null> {
  const { parseKey } = ssh2().utils;
  const content = await readFile(`${path}.pub`).catch(() => null);
  const key = content === null ? null : parseKey(content);
  return key === null || key instanceof Error ? null : key.getPublicSSH();
}

/** OpenSSH's own format holds the public key in the clear, after three strings and a count. */
function publicPart(content: Buffer): Buffer | null {
  const [, encoded] =
    /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(content.toString('latin1')) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  if (!bytes.toString('latin1').startsWith(OPENSSH_KEY)) return null;
  let at = OPENSSH_KEY.length;
  for (let strings = 0; strings < 3 && at + 4 <= bytes.length; strings++) at += 4 + bytes.readUInt32BE(at);
  at += 4;
  if (at + 4 > bytes.length) return null;
  return bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
}
