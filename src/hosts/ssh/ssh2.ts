/**
 * The SSH library, loaded when the first SSH worker is used. It was written for CommonJS, and only some of its names are
 * found in it from outside, so all are taken from its default export.
 */
export async function ssh2() {
  const { default: library } = await import('ssh2');
  return library;
}
