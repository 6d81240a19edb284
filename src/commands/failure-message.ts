import { CommanderError } from 'commander';
import { type ErrorCode, SymphonyError } from '../domain/error.js';

/** Failures whose message speaks of keys and lines, and so needs the name of the file they are in. */
const IN_THE_FILE: readonly ErrorCode[] = [
  'workflow_parse_error',
  'workflow_front_matter_not_a_map',
  'invalid_workflow_config',
  'missing_tracker_kind',
  'unsupported_tracker_kind',
  'unsupported_agent_kind',
  'invalid_tracker_config',
  'missing_tracker_secret',
];

/** One message on anything thrown: what failed, the mend and the code; a stack trace only for a bug. */
export function failureMessage(error: unknown, workflowPath: string | null): string {
  if (error instanceof CommanderError) {
    const reason = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    // Some end with a full stop, and the hint goes on with the sentence.
    return `symphony: ${reason.replace(/\.$/u, '')}; see --help [usage_error]\n`;
  }
  if (error instanceof SymphonyError) {
    const inFile = workflowPath !== null && IN_THE_FILE.includes(error.code);
    const place = inFile && !error.message.includes(workflowPath) ? `${workflowPath}: ` : '';
    return `symphony: ${place}${error.message.trimEnd().replaceAll('\n', '\n  ')} [${error.code}]\n`;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `symphony: this is a bug in Symphony, please report it\n${trace}\n`;
}
