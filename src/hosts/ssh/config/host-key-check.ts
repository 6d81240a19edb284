import { createHash } from 'node:crypto';
import type { HostKeyCheck } from '../destination.js';
import type { HostKeyRules } from './host-key-rules.js';
import { isAbout, type KnownKey, knownKeys, typeOf } from './known-hosts.js';
import { remember } from './remembered-key.js';
import { shellWord } from './shell-word.js';

/** Judges keys of one server by the `known_hosts` files as they are at that moment. */
export async function hostKeyCheck(rules: HostKeyRules): Promise<HostKeyCheck> {
  const { known, withoutPort } = await lookUp(rules);
  const [own, other] = [known, withoutPort].map((keys) => keys.filter(({ marker }) => marker === null));
  const types = (own?.length === 0 ? other : own)?.map(({ type }) => type);
  return { algorithms: [...new Set(types)], verify: (key) => verdict(rules, key) };
}

/** Null when the key is that of the server, else why it is not taken, and the mend. */
async function verdict(rules: HostKeyRules, key: Buffer): Promise<string | null> {
  const { known, withoutPort } = await lookUp(rules);
  const isIt = (each: KnownKey): boolean => each.key === key.toString('base64');
  const revoked = [...known, ...withoutPort].find((each) => each.marker === 'revoked' && isIt(each));
  if (revoked !== undefined) {
    return `its host key ${shown(key)} is revoked in ${revoked.file} line ${revoked.line}; give the machine a new one`;
  }
  const bits = rsaBits(key);
  if (bits !== null && bits < rules.leastRsaBits) {
    return `its host key has ${bits} bits, fewer than ${rules.leastRsaBits} (RequiredRSASize); give it a longer one`;
  }
  const plain = known.filter(({ marker }) => marker === null);
  if (plain.some(isIt)) return null;
  // Whatever were remembered now, nothing would be refused for it later.
  if (rules.strictness === 'off') return null;
  const [other] = plain;
  if (other !== undefined)
    return changed(rules, key, plain.find(({ type }) => type === typeOf(key)) ?? other);
  if (withoutPort.some((each) => each.marker === null && isIt(each))) return null;
  const authority = known.find(({ marker }) => marker === 'cert-authority');
  if (authority !== undefined) {
    const where = `${authority.file} line ${authority.line}`;
    return `its host key is vouched for by a certificate authority alone (${where}), which is not supported; ${mend(rules)}`;
  }
  if (rules.strictness === 'accept-new') {
    if (rules.remembersKeys) await remember(rules, key);
    return null;
  }
  return `its host key ${shown(key)} is not known; ${mend(rules)}`;
}

async function lookUp({ name, nameWithoutPort, userFiles, systemFiles }: HostKeyRules) {
  const all = await knownKeys([...userFiles, ...systemFiles]);
  return {
    known: all.filter((each) => isAbout(each, name)),
    withoutPort: nameWithoutPort === null ? [] : all.filter((each) => isAbout(each, nameWithoutPort)),
  };
}

function changed({ name }: HostKeyRules, key: Buffer, other: KnownKey): string {
  const where = `${other.file} line ${other.line}`;
  const forget = `ssh-keygen -f ${shellWord(other.file)} -R ${shellWord(name)}`;
  return (
    `its host key has changed: it shows ${shown(key)}, and ${where} has another one, so either the machine was set up ` +
    `anew or something stands in between; find out which, and if all is well run ${forget} and make the new key known`
  );
}

function mend({ commands: { look, connect }, userFiles }: HostKeyRules): string {
  const [file] = userFiles;
  const once = `run ${connect} once by hand and compare the fingerprint`;
  return look === null || file === undefined ? once : `${once}, or run ${look} >> ${shellWord(file)}`;
}

/** As `ssh` shows it. */
function shown(key: Buffer): string {
  const digest = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  return `${typeOf(key)} SHA256:${digest}`;
}

/** The length of an RSA key; null for other ones. */
function rsaBits(key: Buffer): number | null {
  if (typeOf(key) !== 'ssh-rsa') return null;
  let at = 4 + 'ssh-rsa'.length;
  if (at + 4 > key.length) return 0;
  at += 4 + key.readUInt32BE(at);
  if (at + 4 > key.length) return 0;
  const number = key
    .subarray(at + 4, at + 4 + key.readUInt32BE(at))
    .toString('hex')
    .replace(/^(00)+/, '');
  return number === ''
    ? 0
    : (number.length - 1) * 4 + Number.parseInt(number.charAt(0), 16).toString(2).length;
}
