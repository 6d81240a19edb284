import { LOCAL_HOST } from './settings.js';

/** An entry of `worker.ssh_hosts`, taken apart (SPEC Appendix A). */
export interface WrittenDestination {
  /** Null: as the SSH configuration says, else the daemon's own user. */
  readonly user: string | null;
  /** A name or an address, without brackets. */
  readonly host: string;
  /** Null: as the SSH configuration says, else 22. */
  readonly port: number | null;
}

/** What a shell could take for more than a name; OpenSSH refuses the same. */
const UNSAFE = /["'`$\\;&<>|(){}]/;

/**
 * Takes `host`, `user@host`, `host:port`, `[::1]:2200` and `ssh://user@host:port` apart. A port is split off only when
 * the part before it has no other colon or is bracketed, so a bare IPv6 address stays whole.
 */
export function writtenDestination(text: string): WrittenDestination {
  const address = text.replace(/^ssh:\/\/([^/]+)\/?$/i, '$1');
  const at = address.lastIndexOf('@');
  const user = at === -1 ? null : address.slice(0, at);
  const place = address.slice(at + 1);
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(place) ?? [];
  return { user, host: bracketed ?? plain ?? place, port: port === undefined ? null : Number(port) };
}

/** What is wrong with an entry of `worker.ssh_hosts`, and the mend; null when nothing is. */
export function destinationProblem(text: string): string | null {
  if (text.trim() === '') return 'it is empty; give the name of a machine, or remove the entry';
  if (/[\s\p{Cc}]/u.test(text)) return 'a destination has no blanks and no control characters; remove them';
  if (text === LOCAL_HOST) {
    return `${LOCAL_HOST} is what Symphony calls its own machine; for SSH to that, write localhost`;
  }
  const { user, host, port } = writtenDestination(text);
  if (text.startsWith('-') || host.startsWith('-')) {
    return 'a destination does not begin with "-", which would make it an option; correct the name';
  }
  if (UNSAFE.test(text)) return 'a destination has no quotes and no signs of the shell; correct the name';
  if (host === '') return 'the name of the machine is missing; write user@machine:port';
  if (user === '') return 'there is no user before the "@"; name one, or remove the "@"';
  if (port !== null && (port < 1 || port > 65_535)) return 'a port is a number from 1 to 65535; correct it';
  if (/^[^:]*:[^:]*$/.test(host)) return 'a port is a number from 1 to 65535, after one colon; correct it';
  if (/[[\]/]/.test(host)) return 'it cannot be read; write machine, user@machine:port or [::1]:2200';
  return null;
}
