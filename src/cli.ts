#!/usr/bin/env node
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { failureMessage } from './commands/failure-message.js';
import { packageVersion } from './files/package.js';

// Commands are imported only when they run: `--help` and a mistyped flag should not wait for the daemon's packages.

const GUARDRAILS_FLAG = '--i-understand-that-this-will-be-running-without-the-usual-guardrails';

interface RunFlags {
  readonly port?: number;
  readonly logsRoot?: string;
  readonly stateDir?: string;
  readonly untilIdle?: boolean;
  readonly dashboard: boolean;
}

/** What a command line came to. */
interface Outcome {
  exitCode: number;
  workflowPath: string | null;
}

/** The command line, as a program that leaves what came of it in `outcome`. */
function createProgram(outcome: Outcome): Command {
  const program = new Command('symphony')
    .description('Turns an issue tracker into an unattended engineering team.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .usage('[options] [path]')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  program
    .argument('[path]', 'the workflow file (default: ./WORKFLOW.md)', absolutePath)
    .option('--port <number>', 'serve the HTTP API on this port, 0 for any free one', portNumber)
    .option('--logs-root <dir>', 'write logs to <dir>/log/symphony.log', absolutePath)
    .option(
      '--state-dir <dir>',
      'keep state there instead of .symphony/ beside the workflow file',
      absolutePath,
    )
    .option('--until-idle', 'end with a summary once there is nothing left to do')
    .option('--no-dashboard', 'plain log lines, also on a terminal')
    // Other implementations refuse to start without it. Accepted, so that their command lines work here.
    .addOption(new Option(GUARDRAILS_FLAG).hideHelp())
    .hook('preSubcommand', refuseForeignFlags)
    .action(async (path: string | undefined, flags: RunFlags) => {
      const { run } = await import('./commands/run.js');
      outcome.exitCode = await run({
        workflowPath: chosen(outcome, path),
        port: flags.port ?? null,
        logsRoot: flags.logsRoot ?? null,
        stateDir: flags.stateDir ?? null,
        untilIdle: flags.untilIdle ?? false,
        dashboard: flags.dashboard && process.stdout.isTTY === true,
        env: process.env,
        stdout: process.stdout,
        stderr: process.stderr,
      });
    });
  addSubcommands(program, outcome);
  return program;
}

/** Adds what answers a question and ends. */
function addSubcommands(program: Command, outcome: Outcome): void {
  program
    .command('validate')
    .summary('check a workflow file and show the effective configuration')
    .description('Checks a workflow file: every error and warning, then the effective configuration.')
    .argument('[path]', 'the workflow file (default: ./WORKFLOW.md)', absolutePath)
    .action(async (path: string | undefined) => {
      const { validate } = await import('./commands/validate.js');
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
      const { preview } = await import('./commands/preview.js');
      outcome.exitCode = await preview({
        workflowPath: chosen(outcome, path),
        issue: flags.issue,
        attempt: flags.attempt ?? null,
        env: process.env,
        stdout: process.stdout,
        stderr: process.stderr,
      });
    });

  program
    .command('token')
    .summary('print the token for answering the questions of agents')
    .description('Prints the token with which the HTTP API takes orders that only a person may give.')
    .argument('[path]', 'the workflow file (default: ./WORKFLOW.md)', absolutePath)
    .option('--state-dir <dir>', 'where the daemon keeps its state, if told so', absolutePath)
    .action(async (path: string | undefined, { stateDir }: { stateDir?: string }) => {
      const { token } = await import('./commands/token.js');
      const { stdout } = process;
      outcome.exitCode = await token({
        workflowPath: chosen(outcome, path),
        stateDir: stateDir ?? null,
        stdout,
      });
    });
}

/** The workflow file that was meant; failures name it. */
function chosen(outcome: Outcome, path: string | undefined): string {
  outcome.workflowPath = path ?? absolutePath('WORKFLOW.md');
  return outcome.workflowPath;
}

function text(value: string): string {
  const trimmed = value.trim();
  if (trimmed === '') throw new InvalidArgumentError('It must not be empty.');
  return trimmed;
}

/** Paths of the command line are relative to where it was typed. */
function absolutePath(value: string): string {
  return resolve(text(value));
}

function portNumber(value: string): number {
  const port = wholeNumber(value);
  if (port === null || port > 65_535) throw new InvalidArgumentError('Expected a number from 0 to 65535.');
  return port;
}

function attemptNumber(value: string): number {
  const attempt = wholeNumber(value);
  if (attempt === null || attempt < 1) throw new InvalidArgumentError('Expected a number of at least 1.');
  return attempt;
}

function wholeNumber(value: string): number | null {
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}

/** `symphony --port 0 validate` would leave the flag without a meaning, so it is refused. */
function refuseForeignFlags(program: Command, subcommand: Command): void {
  const given = program.options.find(
    (option) => program.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return;
  program.error(`error: option '${given.long}' does not belong to ${subcommand.name()}`);
}

async function main(): Promise<number> {
  const outcome: Outcome = { exitCode: 0, workflowPath: null };
  try {
    await createProgram(outcome).parseAsync();
    return outcome.exitCode;
  } catch (error) {
    // So it ends `--help` and `--version`.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    process.stderr.write(failureMessage(error, outcome.workflowPath));
    return 1;
  }
}

// A reader that went away (`symphony validate | head`) or a full disk must not bring down what is at work.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const exitCode = await main();
// Not `exitCode = …`: a handle that some package left open must not keep a finished program alive. Writes to files,
// pipes and terminals are synchronous on POSIX, so nothing that was said is lost.
process.exit(exitCode);
