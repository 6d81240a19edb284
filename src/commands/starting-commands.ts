import type { Command } from 'commander';
import { absolutePath, attemptNumber, portNumber, text } from './arguments.js';
import { addInit } from './init/declaration.js';
import { chosen, type Outcome } from './outcome.js';

// Only declares: what a command does is imported when it runs, so that `--help` waits for nothing.

/** Declares the commands that need no running daemon. */
export function addStartingCommands(program: Command, outcome: Outcome): void {
  addInit(program, outcome);

  program
    .command('validate')
    .summary('check a workflow file and show the effective configuration')
    .description('Checks a workflow file: every error and warning, then the effective configuration.')
    .argument('[path]', 'the workflow file (default: ./WORKFLOW.md)', absolutePath)
    .action(async (path: string | undefined) => {
      const { validate } = await import('./validate.js');
      const { env, stdout } = process;
      outcome.exitCode = await validate({ workflowPath: chosen(outcome, path), env, stdout });
    });

  program
    .command('preview')
    .summary('print the prompt of one issue, running nothing')
    .description('Prints the prompt that an agent would get for one issue of the tracker. Runs nothing.')
    .argument('[path]', 'the workflow file (default: ./WORKFLOW.md)', absolutePath)
    .requiredOption('--issue <identifier>', 'identifier or id of the issue', text)
    .option('--attempt <number>', 'the number of the attempt, left out for a first run', attemptNumber)
    .action(async (path: string | undefined, flags: { issue: string; attempt?: number }) => {
      const { preview } = await import('./preview.js');
      const { env, stdout, stderr } = process;
      outcome.exitCode = await preview({
        workflowPath: chosen(outcome, path),
        issue: flags.issue,
        attempt: flags.attempt ?? null,
        env,
        stdout,
        stderr,
      });
    });

  program
    .command('doctor')
    .summary('check everything that the daemon needs, and say what to mend')
    .description(
      'Checks everything that the daemon needs: the workflow file, programs, the agent and its login, the tracker, its ' +
        'project and states, directories, disk and port. Changes nothing. Exit code 0 when there is no problem, else 1.',
    )
    .argument('[path]', 'the workflow file (default: ./WORKFLOW.md)', absolutePath)
    .option('--port <number>', 'the port that the daemon will be given', portNumber)
    .option('--state-dir <dir>', 'where the daemon keeps its state, if told so', absolutePath)
    .option('--json', 'an array of findings, for programs')
    .action(async (path: string | undefined, flags: { port?: number; stateDir?: string; json?: boolean }) => {
      const { doctor } = await import('./doctor/doctor.js');
      const { env, stdout } = process;
      outcome.exitCode = await doctor({
        workflowPath: chosen(outcome, path),
        port: flags.port ?? null,
        stateDir: flags.stateDir ?? null,
        json: flags.json ?? false,
        env,
        stdout,
      });
    });

  program
    .command('token')
    .summary("print the operator's token, which page and API ask for")
    .description('Prints the token with which the HTTP API takes orders that only a person may give.')
    .argument('[path]', 'the workflow file (default: ./WORKFLOW.md)', absolutePath)
    .option('--state-dir <dir>', 'where the daemon keeps its state, if told so', absolutePath)
    .action(async (path: string | undefined, { stateDir }: { stateDir?: string }) => {
      const { token } = await import('./token.js');
      const { stdout, stderr } = process;
      outcome.exitCode = await token({
        workflowPath: chosen(outcome, path),
        stateDir: stateDir ?? null,
        stdout,
        stderr,
      });
    });
}
