import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { failureMessage } from '../../src/commands/failure-message.js';

// Goal: whoever mistypes a command line reads one clean sentence with the reason and where to look.

test.each([
  ["error: unknown option '--x'", "unknown option '--x'"],
  ["error: argument '-1' is invalid. Expected a number.", "argument '-1' is invalid. Expected a number"],
  [
    "error: unknown option '--prot'\n(Did you mean --port?)",
    "unknown option '--prot' (Did you mean --port?)",
  ],
])('a wrong command line is told as one sentence with a hint: %s', (message, reason) => {
  const error = new CommanderError(1, 'commander.error', message);

  expect(failureMessage(error, null)).toBe(`symphony: ${reason}; see --help [usage_error]\n`);
});
