import { ReadStream, WriteStream } from 'node:tty';
import { expect, test } from 'vitest';
import { attach } from '../../../src/commands/steering/attach.js';

// Goal: the dashboard is never drawn where it could not be read.

const TARGET = { workflowPath: '/nowhere/WORKFLOW.md', stateDir: '/nowhere' };

test.each([
  [undefined, 'xterm', 'attach needs a terminal'],
  [true, 'dumb', 'attach draws, which TERM=dumb cannot show'],
])('refuses a stdout whose isTTY is %o with TERM=%s', async (isTTY, terminalName, why) => {
  const stdin: ReadStream = Object.create(ReadStream.prototype);
  const stdout: WriteStream = Object.create(WriteStream.prototype, { isTTY: { value: isTTY } });

  const attached = attach({ ...TARGET, stdin, stdout, terminalName });

  await expect(attached).rejects.toMatchObject({
    code: 'usage_error',
    message: expect.stringContaining(why),
  });
});
