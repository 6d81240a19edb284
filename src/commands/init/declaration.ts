import { type Command, Option } from 'commander';
import { absolutePath, environmentName, text } from '../arguments.js';
import type { Outcome } from '../outcome.js';
import type { InitFlags } from './flags.js';
import { INIT_AGENTS, INIT_TRACKERS } from './plan.js';

/** Declares `symphony init`. */
export function addInit(program: Command, outcome: Outcome): void {
  program
    .command('init')
    .summary('write a workflow file, for a local board or a project in Linear')
    .description(
      'Writes a commented workflow file, never over one that is there. On a terminal it asks for what no option says.',
    )
    .argument('[path]', 'the file to write (default: ./WORKFLOW.md)', absolutePath)
    .addOption(new Option('--tracker <kind>', 'where issues are').choices([...INIT_TRACKERS]))
    .option('--board <dir>', 'local: the folder of the board (default: board)', text)
    .option('--example', 'local: put an example issue on the board')
    .option('--project <slug>', 'linear: the project, by the last part of its address or its name', text)
    .option(
      '--api-key-env <name>',
      'linear: the variable that holds the key (default: LINEAR_API_KEY)',
      environmentName,
    )
    .option('--endpoint <url>', 'linear: where to ask, when not Linear itself', text)
    .addOption(new Option('--agent <kind>', 'who works (default: codex)').choices([...INIT_AGENTS]))
    .option('--repo <url>', 'the Git repository that each workspace clones', text)
    .action(async (path: string | undefined, flags: InitFlags) => {
      const { init } = await import('./init.js');
      const { env, stdin, stdout } = process;
      outcome.exitCode = await init({
        workflowPath: path ?? absolutePath('WORKFLOW.md'),
        cwd: process.cwd(),
        flags,
        env,
        stdin,
        stdout,
        isInteractive: stdin.isTTY === true && stdout.isTTY === true,
      });
    });
}
