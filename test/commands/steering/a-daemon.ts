import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { ApiOptions } from '../../../src/api/server.js';
import type { Target } from '../../../src/commands/steering/connection.js';
import type { Output } from '../../../src/commands/steering/output.js';
import { callerRefusal, openCallerProofs } from '../../../src/hosts/caller-proof.js';
import { keepOperatorToken } from '../../../src/stores/operator-token.js';
import { openSocketPlace } from '../../../src/stores/socket-path.js';
import { anApi } from '../../api/an-api.js';
import { aPlace } from '../../helpers/processes.js';

/** Far more than a look at all processes takes, also on a machine that does much else. */
const LOOK_LIMIT_MS = 60_000;

/** Serves an API on the socket of a state directory, as a daemon does. */
export async function aDaemonOnASocket(options: Partial<ApiOptions> = {}): Promise<Target> {
  const stateDirectory = await aPlace();
  const workspaceRoot = await aPlace();
  await openCallerProofs(stateDirectory);
  const token = await keepOperatorToken(stateDirectory);
  const place = await openSocketPlace(stateDirectory, { env: {} });
  onTestFinished(() => place.close());
  const api = anApi({
    operator: {
      token,
      refusalOf: async (caller) =>
        caller.kind === 'tcp'
          ? null
          : await callerRefusal(caller, { stateDirectory, workspaceRoot, limitMs: LOOK_LIMIT_MS }),
    },
    ...options,
  });
  await api.listenOnSocket(place.path);
  return { workflowPath: '/nowhere/WORKFLOW.md', stateDir: stateDirectory };
}

/** What a command writes. */
export interface WrittenOutput extends Output {
  readonly written: () => string;
  /** Waits until it has written something. */
  readonly shows: (text: string) => Promise<void>;
}

/** An output that is no terminal, or one of so many columns. */
export function anOutput(columns: number | null = null): WrittenOutput {
  let written = '';
  const stdout = Object.assign(
    new PassThrough().on('data', (chunk: Buffer) => {
      written += chunk.toString();
      heard();
    }),
    columns === null ? {} : { isTTY: true, columns, rows: 20 },
  );
  let heard = (): void => {};
  const shows = async (text: string): Promise<void> => {
    while (!written.includes(text)) {
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  return { stdout, stderr: stdout, written: () => written, shows };
}
