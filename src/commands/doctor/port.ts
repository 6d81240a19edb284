import { once } from 'node:events';
import { createServer } from 'node:net';
import { bindAddress } from '../../api/guard.js';
import { type ErrorCode, SymphonyError } from '../../domain/error.js';
import { type Finding, ok, problem } from '../../domain/finding.js';
import { bounded } from '../../engine/bounded.js';
import type { Clock } from '../../ports/clock.js';

const NAME = 'port';
/** Our API answers at once, whatever is stuck behind it; a machine that does much else may take its time. */
const ANSWER_LIMIT_MS = 5_000;
const MEND = 'choose another with --port or server.port; 0 takes any free one';
/** With what our API refuses those whom it does not know. */
const REFUSALS: readonly ErrorCode[] = ['forbidden_host', 'operator_required', 'snapshot_unavailable'];

/** Where the HTTP API is to listen. */
export interface PortQuestion {
  /** Null when no API is asked for. */
  readonly port: number | null;
  readonly host: string;
  /** The process of the daemon that runs with the same state; null when none does. */
  readonly daemon: number | null;
}

/** Whether the HTTP API can listen, or its daemon already does. */
export async function portFinding(question: PortQuestion, clock: Clock): Promise<Finding> {
  const { port, daemon } = question;
  if (port === null) return ok(NAME, 'no HTTP API is asked for (server.port)');
  const { host } = bindAddress(question.host);
  if (port === 0) return ok(NAME, `any free one on ${host}`);
  const refusal = await refusalOf(port, host);
  if (refusal === null) return ok(NAME, `${port} on ${host} is free`);
  if (refusal === 'EACCES') return problem(NAME, `${port} needs more rights than this user has`, MEND);
  if (refusal !== 'EADDRINUSE') {
    const mend = 'see server.host: this machine must have that address';
    return problem(NAME, `${port} on ${host} cannot be used: ${refusal}`, mend);
  }
  if (!(await isSymphony(port, host, clock))) {
    return problem(NAME, `${port} on ${host} is used by another program`, MEND);
  }
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
async function isSymphony(port: number, host: string, clock: Clock): Promise<boolean> {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/api/v1/state`;
  const limit = { ms: ANSWER_LIMIT_MS, code: 'response_timeout', message: `${url} did not answer` } as const;
  try {
    return isOurs(await bounded(clock, limit, async (signal) => (await fetch(url, { signal })).json()));
  } catch (error) {
    // Nothing in time, no HTTP (a TypeError of fetch's) or no JSON: something else.
    if (error instanceof SymphonyError || error instanceof TypeError || error instanceof SyntaxError)
      return false;
    throw error;
  }
}

function isOurs(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false;
  if ('generated_at' in answer && 'codex_totals' in answer) return true;
  const error: unknown = 'error' in answer ? answer.error : null;
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    REFUSALS.some((code) => code === error.code)
  );
}
