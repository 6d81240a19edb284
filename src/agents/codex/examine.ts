import { SymphonyError } from '../../domain/error.js';
import { type Finding, failure, problem } from '../../domain/finding.js';
import type { AgentExamination } from '../examination.js';
import { Connection, type ConnectionListener } from './connection.js';
import { loginFinding } from './login.js';
import { introduce } from './server.js';
import { versionFinding } from './versions.js';

/** What runs in no workspace runs where nothing configures anything. */
const NOWHERE = '/';

/** Nobody works here: what is said is not listened to, and what is asked is refused. */
const UNINTERESTED: ConnectionListener = {
  onOutput() {},
  onOverlong() {},
  onNotification() {},
  onOther() {},
  onMalformed() {},
  onEnd() {},
  onRequest: (request) => request.refuse(),
};

/** Starts `codex.command` as a run does, asks it who it is and whether it is logged in, and ends it. */
export async function examineCodex(examination: AgentExamination): Promise<readonly Finding[]> {
  const { settings, signal } = examination;
  try {
    const connection = await open(examination);
    const stop = (): void => void connection.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const { rpc, version } = await introduce(connection.rpc, settings.codex);
      return [versionFinding(version), await loginFinding(rpc, examination)];
    } finally {
      signal.removeEventListener('abort', stop);
      await connection.stop();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SymphonyError) return [startFailure(error)];
    throw error;
  }
}

function open({ settings, host, clock, secretEnvironmentNames }: AgentExamination): Promise<Connection> {
  const start = {
    host,
    workspacePath: NOWHERE,
    env: {},
    marker: `symphony-doctor-${process.pid}`,
    transcript: { write: () => {}, close: () => {} },
    settings,
    tools: { secretEnvironmentNames },
  };
  return Connection.open(start, settings.codex.command, clock, UNINTERESTED);
}

function startFailure(error: SymphonyError): Finding {
  if (error.code === 'codex_not_found') return failure('agent', error);
  const mend =
    error.code === 'response_timeout'
      ? 'see that codex.command starts an app-server; raise codex.read_timeout_ms if it is only slow'
      : 'run codex.command in a login shell (bash -lc) and see what it says';
  return problem('agent', error.message, mend);
}
