import { SymphonyError } from '../../domain/error.js';
import { type Finding, failure, problem, skipped } from '../../domain/finding.js';
import type { JsonObject } from '../../domain/json.js';
import type { AgentExamination } from '../examination.js';
import { CONFIG_WARNING, configurationFindings } from './configuration.js';
import { Connection, type ConnectionListener } from './connection.js';
import { tellsMend } from './exit-failure.js';
import { configurationOf, LOGIN, loginFinding } from './login.js';
import { introduce } from './server.js';
import { versionFinding } from './versions.js';

/** What runs in no workspace runs where nothing configures anything. */
const NOWHERE = '/';

/** Nobody works here: of what is said only warnings of the configuration are kept, and what is asked is refused. */
function listener(configWarnings: JsonObject[]): ConnectionListener {
  return {
    onOutput() {},
    onOverlong() {},
    onNotification(method, params) {
      if (method === CONFIG_WARNING) configWarnings.push(params);
    },
    onOther() {},
    onMalformed() {},
    onEnd() {},
    onRequest: (request) => request.refuse(),
  };
}

/** Starts `codex.command` as a run does, asks it who it is and whether it is logged in, and ends it. */
export async function examineCodex(examination: AgentExamination): Promise<readonly Finding[]> {
  const { settings, signal } = examination;
  const configWarnings: JsonObject[] = [];
  try {
    const connection = await open(examination, listener(configWarnings));
    const stop = (): void => void connection.stop();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      const server = await introduce(connection.rpc, settings.codex);
      const config = await configurationOf(server.rpc);
      const findings = [versionFinding(server.version), ...configurationFindings(configWarnings, config)];
      // With defaults in place of its configuration it speaks of another login than a session would have.
      const isBroken = findings.some(({ verdict }) => verdict === 'problem');
      const login = isBroken
        ? skipped(LOGIN, 'the configuration has to be mended first')
        : await loginFinding(server, config, examination);
      return [...findings, login];
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

function open(
  { settings, host, clock, secretEnvironmentNames }: AgentExamination,
  toListener: ConnectionListener,
): Promise<Connection> {
  const start = {
    host,
    workspacePath: NOWHERE,
    env: {},
    marker: `symphony-doctor-${process.pid}`,
    transcript: { write: () => {}, close: () => {} },
    settings,
    tools: { secretEnvironmentNames },
  };
  return Connection.open(start, settings.codex.command, clock, toListener);
}

function startFailure(error: SymphonyError): Finding {
  if (tellsMend(error.message)) return failure('agent', error);
  const mend =
    error.code === 'response_timeout'
      ? 'see that codex.command starts an app-server; raise codex.read_timeout_ms if it is only slow'
      : 'run codex.command in a login shell (bash -lc) and see what it says';
  return problem('agent', error.message, mend);
}
