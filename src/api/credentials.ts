import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** As long as a browser keeps the cookie; the daemon itself does not let it expire. */
const COOKIE_SECONDS = 30 * 24 * 60 * 60;

/** What proves an operator: the token, or a cookie that was given for it. */
export class Credentials {
  readonly #token: string;
  readonly #cookieName: string;
  readonly #cookieValue: string;

  /** Nothing of what is derived here tells the token, and all of it is the same after a restart. */
  constructor(token: string) {
    this.#token = token;
    // Browsers share cookies between the ports of a machine; two daemons must not overwrite each other's.
    this.#cookieName = `symphony_session_${derived(token, 'cookie name').toString('hex').slice(0, 8)}`;
    this.#cookieValue = derived(token, 'cookie value').toString('base64url');
  }

  isToken(presented: string): boolean {
    return isSame(presented, this.#token);
  }

  /** Whether a `Cookie` header holds the right one. */
  isInCookies(header: string | undefined): boolean {
    const name = `${this.#cookieName}=`;
    const pairs = (header ?? '').split(';').map((pair) => pair.trim());
    // Any server of this machine may have set another one of that name, and a browser sends them all.
    const presented = pairs.filter((pair) => pair.startsWith(name));
    return presented.some((pair) => isSame(pair.slice(name.length), this.#cookieValue));
  }

  /** `Set-Cookie` that keeps the proof; `isSecure` where the page came by https. */
  keep(isSecure: boolean): string {
    return this.#setCookie(this.#cookieValue, COOKIE_SECONDS, isSecure);
  }

  /** `Set-Cookie` that forgets it. */
  forget(isSecure: boolean): string {
    return this.#setCookie('', 0, isSecure);
  }

  #setCookie(value: string, maxAge: number, isSecure: boolean): string {
    const secure = isSecure ? '; Secure' : '';
    return `${this.#cookieName}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
  }
}

/** The token of an `Authorization` header; null when there is none. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +(\S+) *$/iu.exec(header ?? '')?.[1] ?? null;
}

function derived(token: string, purpose: string): Buffer {
  return createHmac('sha256', token).update(`symphony ${purpose}`).digest();
}

/** In a time that tells nothing of where the two differ, nor of how long the right one is. */
function isSame(presented: string, right: string): boolean {
  const [a, b] = [presented, right].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
