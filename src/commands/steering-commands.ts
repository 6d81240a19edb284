import { type Command, InvalidArgumentError, Option } from 'commander';
import { DISPATCH_ORDERS, type DispatchOrder, ISSUE_ORDERS, type IssueOrder } from '../domain/order.js';
import { absolutePath, attemptNumber, text } from './arguments.js';
import { mistypedCommand } from './mistyped-command.js';
import { chosen, type Outcome } from './outcome.js';

// Only declares: what a command does is imported when it runs, so that `--help` waits for nothing.

const MOST_LINES = 1_000;
const DEFAULT_LINES = 100;

const ISSUE_ORDER_SUMMARIES: { readonly [order in IssueOrder]: string } = {
  stop: 'stop the run of an issue, and set it aside',
  retry: 'begin the next run of an issue as soon as there is a slot',
  release: 'forget what was done for an issue; it is taken as if it were new',
};

const DISPATCH_ORDER_SUMMARIES: { readonly [order in DispatchOrder]: string } = {
  pause: 'start nothing new; what runs goes on',
  resume: 'go on after a pause or a drain, or before a usage limit ends',
  drain: 'start nothing new, and end the daemon once what runs has ended',
};

interface TargetFlags {
  readonly workflow?: string;
  readonly stateDir?: string;
}

/** Declares the commands for a running daemon. */
export function addSteeringCommands(program: Command, outcome: Outcome): void {
  const target = (flags: TargetFlags) => ({
    workflowPath: chosen(outcome, flags.workflow),
    stateDir: flags.stateDir ?? null,
  });
  addViews(program, outcome, target);
  addIssueViews(program, outcome, target);
  addIssueOrders(program, outcome, target);
  addAnswer(program, outcome, target);
  addDispatchOrders(program, outcome, target);
  addAttach(program, outcome, target);
  // Last, when all commands are there, and for the program alone: they do not take it over any more.
  program.exitOverride((error) => {
    throw mistypedCommand(
      error,
      program.args[0],
      program.commands.map((each) => each.name()),
    );
  });
}

type TargetOf = (flags: TargetFlags) => { workflowPath: string; stateDir: string | null };

function addViews(program: Command, outcome: Outcome, target: TargetOf): void {
  command(program, 'status', 'show how the daemon is doing')
    .option('--json', 'as in GET /api/v1/state; with --watch one line each time')
    .option('--watch', 'again with every change, until ctrl-c')
    .action(async (flags: TargetFlags & { json?: boolean; watch?: boolean }) => {
      const { status } = await import('./steering/status.js');
      const { json = false, watch = false } = flags;
      outcome.exitCode = await status({ ...target(flags), ...output(), json, watch });
    });

  command(program, 'issues', 'list the issues that the daemon knows, each with what keeps it')
    .option('--json', 'as in GET /api/v1/issues')
    .action(async (flags: TargetFlags & { json?: boolean }) => {
      const { issues } = await import('./steering/issues.js');
      outcome.exitCode = await issues({ ...target(flags), ...output(), json: flags.json ?? false });
    });
}

function addAttach(program: Command, outcome: Outcome, target: TargetOf): void {
  command(program, 'attach', 'open the dashboard of the daemon on this terminal').action(
    async (flags: TargetFlags) => {
      const { attach } = await import('./steering/attach.js');
      const { stdin, stdout, env } = process;
      outcome.exitCode = await attach({ ...target(flags), stdin, stdout, terminalName: env['TERM'] });
    },
  );
}

function addIssueViews(program: Command, outcome: Outcome, target: TargetOf): void {
  issueCommand(program, 'show', 'show all that the daemon knows of an issue')
    .option('--json', 'as in GET /api/v1/issues/<id>')
    .action(async (name: string, flags: TargetFlags & { json?: boolean }) => {
      const { show } = await import('./steering/show.js');
      outcome.exitCode = await show({ ...target(flags), ...output(), name, json: flags.json ?? false });
    });

  issueCommand(program, 'logs', 'print what has happened to an issue')
    .option('-f, --follow', 'go on with what happens, until ctrl-c')
    .option(
      '-n, --lines <number>',
      `how many of the latest events at most, up to ${MOST_LINES} (default: ${DEFAULT_LINES})`,
      lineCount,
    )
    .option('--json', 'one event a line, as in GET /api/v1/events')
    .action(
      async (name: string, flags: TargetFlags & { follow?: boolean; lines?: number; json?: boolean }) => {
        const { logs } = await import('./steering/logs.js');
        const { follow = false, json = false, lines = DEFAULT_LINES } = flags;
        outcome.exitCode = await logs({ ...target(flags), ...output(), name, follow, json, lines });
      },
    );

  issueCommand(program, 'explain', 'say why an issue is, or is not, being worked on')
    .option('--json', 'as in GET /api/v1/issues/<id>/explain')
    .action(async (name: string, flags: TargetFlags & { json?: boolean }) => {
      const { explain } = await import('./steering/explain.js');
      outcome.exitCode = await explain({ ...target(flags), ...output(), name, json: flags.json ?? false });
    });
}

function addIssueOrders(program: Command, outcome: Outcome, target: TargetOf): void {
  for (const order of ISSUE_ORDERS) {
    issueCommand(program, order, ISSUE_ORDER_SUMMARIES[order]).action(
      async (name: string, flags: TargetFlags) => {
        const { orderIssue } = await import('./steering/orders.js');
        outcome.exitCode = await orderIssue({ ...target(flags), ...output(), name, order });
      },
    );
  }
}

function addAnswer(program: Command, outcome: Outcome, target: TargetOf): void {
  issueCommand(program, 'answer', 'answer what the agent of a blocked issue asks')
    .addOption(new Option('--approve', 'yes, for exactly what it asks').conflicts(['decline', 'text']))
    .addOption(new Option('--decline', 'no').conflicts(['approve', 'text']))
    .addOption(new Option('--text <words>', 'words for the agent, or one of the choices').argParser(text))
    .action(
      async (
        name: string,
        flags: TargetFlags & { approve?: boolean; decline?: boolean; text?: string },
        self: Command,
      ) => {
        if (flags.approve === undefined && flags.decline === undefined && flags.text === undefined)
          self.error('error: one of --approve, --decline and --text is needed');
        const { answerIssue } = await import('./steering/orders.js');
        const decision = flags.approve === true ? 'approve' : 'decline';
        const answer =
          flags.text === undefined
            ? ({ kind: decision } as const)
            : ({ kind: 'text', text: flags.text } as const);
        outcome.exitCode = await answerIssue({ ...target(flags), ...output(), name, answer });
      },
    );
}

function addDispatchOrders(program: Command, outcome: Outcome, target: TargetOf): void {
  for (const order of DISPATCH_ORDERS) {
    command(program, order, DISPATCH_ORDER_SUMMARIES[order]).action(async (flags: TargetFlags) => {
      const { orderDispatch } = await import('./steering/orders.js');
      outcome.exitCode = await orderDispatch({ ...target(flags), ...output(), order });
    });
  }

  command(program, 'refresh', 'poll the tracker now').action(async (flags: TargetFlags) => {
    const { refresh } = await import('./steering/orders.js');
    outcome.exitCode = await refresh({ ...target(flags), ...output() });
  });
}

/** A command for the daemon on a workflow file, which it finds through that file's state directory. */
function command(program: Command, name: string, summary: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(
      `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}. For a running daemon, with or without a port.`,
    )
    .option('--workflow <path>', 'the workflow file of the daemon (default: ./WORKFLOW.md)', absolutePath)
    .option('--state-dir <dir>', 'where the daemon keeps its state, if told so', absolutePath);
}

function issueCommand(program: Command, name: string, summary: string): Command {
  return command(program, name, summary).argument(
    '<id>',
    'identifier of the issue; upper and lower case do not count where only one issue can be meant',
    text,
  );
}

/** @throws InvalidArgumentError unless so many events can be asked for */
function lineCount(value: string): number {
  const lines = attemptNumber(value);
  if (lines > MOST_LINES) throw new InvalidArgumentError(`Expected a number of at most ${MOST_LINES}.`);
  return lines;
}

function output() {
  return { stdout: process.stdout, stderr: process.stderr };
}
