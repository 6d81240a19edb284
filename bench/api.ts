import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Measured } from './api-subject.js';
import { sleep } from './measured-daemon.js';

const WARM_UP_MS = 5_000;
const MEASURED_MS = 20_000;
const ASK_EVERY_MS = 20;
const STREAMS = 100;
/**
 * The pauses of the collector are part of what is measured, and the program keeps them short (src/commands/small-heap.ts):
 * its young generation stays at 2 x 4 MB. What loads the subject would have let it grow before the subject could.
 */
const YOUNG_HEAP = process.versions.node.startsWith('20.') ? ['--max-semi-space-size=4'] : [];

/** What the API costs a daemon that is busy, and how fast it answers meanwhile. */
export async function api(): Promise<string[]> {
  const subject = fork(new URL('./api-subject.ts', import.meta.url), {
    execArgv: [...process.execArgv, ...YOUNG_HEAP],
  });
  try {
    const [{ url, running, retrying }] = await once(subject, 'message');
    const what = `${running} running and ${retrying} retrying issues`;
    await sleep(WARM_UP_MS);
    const idle = await measure(subject, () => sleep(MEASURED_MS));
    const asked = await measure(subject, () => ask(`${url}/api/v1/state`));
    const readers = await Promise.all(Array.from({ length: STREAMS }, () => stream(`${url}/api/v1/events`)));
    await sleep(WARM_UP_MS);
    const streamed = await measure(subject, () => sleep(MEASURED_MS));
    const bytes = readers.reduce((sum, reader) => sum + reader.bytes(), 0);
    for (const { response } of readers) response.destroy();
    return [
      `${what}, nobody asks: ${load(idle)}`,
      `${what}, GET /state every ${ASK_EVERY_MS} ms: ${asked.serverMs.count} answers, server time p50 ` +
        `${asked.serverMs.p50.toFixed(1)} p99 ${asked.serverMs.p99.toFixed(1)} ms (target p99 10)${ofThread(asked)}; ${load(asked)}`,
      `${what}, ${STREAMS} streams: ${(bytes / 1e6).toFixed(1)} MB read; ${load(streamed)} (target p99 20 ms)`,
    ];
  } finally {
    subject.kill();
  }
}

/** What the other work of the machine adds nothing to. */
function ofThread({ serverThreadMs }: Measured): string {
  if (serverThreadMs === null) return '';
  const { p50, p99 } = serverThreadMs;
  return `, of its thread's processor time p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} ms`;
}

function load({ loopDelayMs, notificationsPerSecond, cpuPercent }: Measured): string {
  return (
    `event-loop delay p50 ${loopDelayMs.p50.toFixed(1)} p99 ${loopDelayMs.p99.toFixed(1)} ms, ` +
    `${Math.round(notificationsPerSecond)} notifications/s, ${cpuPercent.toFixed(0)} % of a core`
  );
}

async function measure(subject: ChildProcess, doing: () => Promise<void>): Promise<Measured> {
  subject.send('begin');
  await doing();
  const answered = once(subject, 'message');
  subject.send('end');
  const [measured] = await answered;
  return measured;
}

async function ask(url: string): Promise<void> {
  const until = performance.now() + MEASURED_MS;
  while (performance.now() < until) {
    await (await fetch(url)).arrayBuffer();
    await sleep(ASK_EVERY_MS);
  }
}

async function stream(
  url: string,
): Promise<{ readonly response: IncomingMessage; readonly bytes: () => number }> {
  const [response] = await once(
    get(url, { headers: { accept: 'text/event-stream' }, agent: false }),
    'response',
  );
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  response.on('error', () => {});
  return { response, bytes: () => bytes };
}
