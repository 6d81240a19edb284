import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/**
 * The SSH library, loaded when the first SSH worker is used. It was written for CommonJS and is taken as such: what an
 * import makes of it depends on what is found in it from outside.
 */
export function ssh2(): typeof import('ssh2') {
  return load('ssh2');
}
