#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { absolutePath, portNumber } from './commands/arguments.js';
import type { Delivery } from './commands/delivery.js';
import { failureMessage } from './commands/failure-message.js';
import { mistypedCommand } from './commands/mistyped-command.js';
import { chosen, type Outcome } from './commands/outcome.js';
import { keepHeapSmall } from './commands/small-heap.js';
import { addStartingCommands } from './commands/starting-commands.js';
import { addSteeringCommands } from './commands/steering-commands.js';
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
      // Before the daemon's packages are loaded.
      keepHeapSmall();
      const { run } = await import('./commands/run.js');
      outcome.exitCode = await run({
        workflowPath: chosen(outcome, path),
        port: flags.port ?? null,
        logsRoot: flags.logsRoot ?? null,
        stateDir: flags.stateDir ?? null,
        untilIdle: flags.untilIdle ?? false,
        dashboard: flags.dashboard && process.stdout.isTTY === true && process.env['TERM'] !== 'dumb',
        env: process.env,
        stdout: process.stdout,
        stderr: process.stderr,
      }).catch((error: unknown) => {
        const commands = program.commands.map((command) => command.name());
        throw mistypedCommand(error, program.args[0], commands);
      });
    });
  deliverOutput(program, outcome);
  addStartingCommands(program, outcome);
  addSteeringCommands(program, outcome);
  return program;
}

/**
 * `symphony --port 0 validate` would leave the flag without a meaning, so it is refused; one that the command has as well
 * only stands in the wrong place.
 */
function refuseForeignFlags(program: Command, subcommand: Command): void {
  const given = program.options.find(
    (option) => program.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return;
  const name = subcommand.name();
  const its = subcommand.options.find(({ long }) => long === given.long);
  program.error(
    its === undefined
      ? `error: option '${given.long}' does not belong to ${name}`
      : `error: option '${given.long}' stands behind the command: symphony ${name} ${its.flags}`,
  );
}

/** Lets a command end only when what it printed is with its reader. The daemon does not wait for whoever reads its log. */
function deliverOutput(program: Command, outcome: Outcome): void {
  let delivery: Delivery | null = null;
  program
    .hook('preAction', async (_program, action) => {
      if (action === program) return;
      const { Delivery } = await import('./commands/delivery.js');
      delivery = new Delivery(process.stdout);
    })
    .hook('postAction', async () => {
      const failure = (await delivery?.end()) ?? null;
      if (failure === null) return;
      process.stderr.write(`symphony: the output could not be written: ${failure}\n`);
      outcome.exitCode = 1;
    });
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
// Not `exitCode = …`: a handle that some package left open must not keep a finished program alive.
process.exit(exitCode);
