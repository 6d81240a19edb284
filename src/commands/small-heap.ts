import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8 from making room for garbage, which a daemon that folds notifications all day makes at a steady rate: the young
 * generation stays at the size it has before the daemon starts, and the old one is collected when it has grown by a fifth
 * since it was collected last (by some MB at the least), not when it is up to four times as large. Without the first, 50
 * talking agents cost 28 MB more for a tenth less processor time; without the second, 11 MB more (Node 20.20,
 * `npm run bench -- load`).
 * Only where that was measured: the flags are V8's own.
 */
export function keepHeapSmall(): void {
  if (!process.versions.node.startsWith('20.')) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
