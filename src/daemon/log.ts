import type { Workflow } from '../domain/workflow.js';
import {
  createLogger,
  type Logger,
  type LoggerOptions,
  logPath,
  type OwnedLogger,
} from '../observe/logger.js';
import { type DaemonOptions, stateDirectoryOf } from './options.js';

/** Opens the log that the command line asks for; a dashboard has the terminal for itself. */
export function openLog(
  options: DaemonOptions,
  parts: Pick<LoggerOptions, 'secrets' | 'onSinkFailure'>,
): OwnedLogger {
  const { dashboard, stderr } = options;
  return createLogger({
    logsRoot: logsRootOf(options),
    console: dashboard ? 'off' : 'pretty',
    stream: stderr,
    ...parts,
  });
}

/** The file that `openLog` writes. */
export function logPathOf(options: DaemonOptions): string {
  return logPath(logsRootOf(options));
}

function logsRootOf(options: DaemonOptions): string {
  return options.logsRoot ?? stateDirectoryOf(options);
}

/** Logs what the checks of a workflow file found that does not keep it from being used. */
export function warnAbout({ warnings, path: file }: Workflow, logger: Logger): void {
  for (const { code, key, line, message } of warnings) {
    logger.warn('workflow warning', { code, key, line, file, reason: message });
  }
}
