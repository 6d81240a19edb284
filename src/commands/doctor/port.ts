import { once } from 'node:events';
import { createServer } from 'node:net';
import { bindAddress } from '../../api/guard.js';
import { type Finding, ok, problem, warning } from '../../domain/finding.js';

const NAME = 'port';
/** Our API answers at once, whatever is stuck behind it; a machine that does much else may take its time. */
const ANSWER_LIMIT_MS = 5_000;
const MEND = 'choose another with --port or server.port; 0 takes any free one';

/** Where the HTTP API is to listen. */
export interface PortQuestion {
  /** Null when no API is asked for. */
  readonly port: number | null;
  readonly host: string;
  /** The process of the daemon that runs with the same state; null when none does. */
  readonly daemon: number | null;
}

/** Whether the HTTP API can listen, or its daemon already does. */
export async function portFindings(question: PortQuestion, signal: AbortSignal): Promise<readonly Finding[]> {
  const { port } = question;
  if (port === null) return [ok(NAME, 'no HTTP API is asked for (server.port)')];
  const { host, refusedHost } = bindAddress(question.host);
  const found =
    port === 0 ? ok(NAME, `any free one on ${host}`) : await portFinding(port, host, question, signal);
  if (refusedHost === null) return [found];
  const detail = `server.host is ${refusedHost}, but only loopback addresses are served, so ${host} is used`;
  return [found, warning(NAME, detail, 'use an SSH tunnel or a proxy with a login on this machine')];
}

async function portFinding(
  port: number,
  host: string,
  { daemon }: PortQuestion,
  signal: AbortSignal,
): Promise<Finding> {
  const refusal = await refusalOf(port, host);
  if (refusal === null) return ok(NAME, `${port} on ${host} is free`);
  if (refusal === 'EACCES') return problem(NAME, `${port} needs more rights than this user has`, MEND);
  if (refusal !== 'EADDRINUSE') return problem(NAME, `${port} on ${host} cannot be used: ${refusal}`, MEND);
  if (!(await isSymphony(port, host, signal)))
    return problem(NAME, `${port} on ${host} is used by another program`, MEND);
  return daemon === null
    ? problem(NAME, `${port} on ${host} is used by another Symphony`, MEND)
    : ok(NAME, `${port} on ${host} is served by a Symphony; the daemon that runs here is process ${daemon}`);
}

/** Why nothing can listen there; null when something can. */
async function refusalOf(port: number, host: string): Promise<string | null> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  } finally {
    server.close();
  }
}

/** Whether what listens there answers as our API does. */
async function isSymphony(port: number, host: string, signal: AbortSignal): Promise<boolean> {
  const name = host.includes(':') ? `[${host}]` : host;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
  try {
    const response = await fetch(`http://${name}:${port}/api/v1/state`, { signal: limited });
    const state: unknown = await response.json();
    return typeof state === 'object' && state !== null && 'generated_at' in state && 'codex_totals' in state;
  } catch {
    signal.throwIfAborted();
    // No HTTP, no JSON, or nothing in time: something else.
    return false;
  }
}
