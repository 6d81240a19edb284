import type { ClientChannel } from 'ssh2';
import { MarkedStream } from './marked-stream.js';

/** What comes out of the session of a command, each told apart from the other. */
export interface CommandStreams {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** A line of our own script or of the supervisor. */
  readonly onReport: (line: string) => void;
  /** What the user's own shell says before the command begins. */
  readonly onNoise: (chunk: Buffer) => void;
  /** Something came. */
  readonly onSign: () => void;
  /** Nothing more comes. */
  readonly onClose: () => void;
}

/** Reads the session of a command to its end. The token marks where the command's output begins, and each report. */
export function readCommand(channel: ClientChannel, token: string, streams: CommandStreams): void {
  const stdout = readFromMark(token, streams.onStdout, streams.onNoise);
  let hasBegun = false;
  const stderr = new MarkedStream(
    token,
    (content) => (hasBegun ? streams.onStderr(content) : streams.onNoise(content)),
    (line) => {
      if (line === 'begin') hasBegun = true;
      else streams.onReport(line);
    },
  );
  channel.on('data', (chunk: Buffer) => {
    streams.onSign();
    stdout(chunk);
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    streams.onSign();
    stderr.feed(chunk);
  });
  let open = 2;
  const close = (): void => {
    open -= 1;
    if (open > 0) return;
    stderr.end();
    streams.onClose();
  };
  channel.once('close', close);
  channel.stderr.once('close', close);
  // What cannot be written any more is of no interest; the end of the session is what is told.
  channel.on('error', () => {});
}

/** Passes on what follows the first mark; from there on nothing is looked for any more. */
function readFromMark(
  token: string,
  onContent: (chunk: Buffer) => void,
  onNoise: (chunk: Buffer) => void,
): (chunk: Buffer) => void {
  let hasBegun = false;
  const stream = new MarkedStream(
    token,
    (content) => (hasBegun ? onContent(content) : onNoise(content)),
    () => {
      hasBegun = true;
    },
  );
  return (chunk) => {
    if (hasBegun) {
      onContent(chunk);
      return;
    }
    stream.feed(chunk);
    if (hasBegun) stream.end();
  };
}
