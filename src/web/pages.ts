import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { packageRoot } from '../files/package.js';

/** A file of the web page as it is served: from memory, the same to everybody. */
export interface WebPage {
  /** Where it is served; the document at `/` stands for every address that people see. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  /** A strong entity tag, quoted. */
  readonly etag: string;
}

const FILES = [
  { path: '/', name: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/app.js', name: 'app.js', type: 'text/javascript; charset=utf-8' },
  { path: '/app.css', name: 'app.css', type: 'text/css; charset=utf-8' },
  { path: '/icon.svg', name: 'icon.svg', type: 'image/svg+xml; charset=utf-8' },
] as const;

/**
 * Allows the page its own script, style, icon and daemon, and nothing else. A proxy in front may not loosen it: what
 * trackers and agents write is shown here.
 */
export const WEB_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The page's files, read once from this package; in a working copy `npm run build` makes them. */
export function webPages(folder: URL = new URL('dist/web/', packageRoot())): readonly WebPage[] {
  return FILES.map(({ path, name, type }) => {
    const body = contentOf(new URL(name, folder));
    const digest = createHash('sha256').update(body).digest('base64url');
    return { path, type, body, etag: `"${digest}"` };
  });
}

function contentOf(file: URL): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const mend = 'install it anew; in a working copy run "npm run build"';
    throw new Error(`this program has lost ${file.pathname}; ${mend}`, { cause: error });
  }
}
