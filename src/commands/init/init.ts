import { relative } from 'node:path';
import { AGENT_KINDS } from '../../agents/registry.js';
import { systemClock } from '../../engine/system-clock.js';
import { putExample } from '../../trackers/local/first-issue.js';
import { plainLine } from '../../trackers/plain-line.js';
import { trackerAdapters } from '../../trackers/registry.js';
import { parseWorkflow } from '../../workflow/load.js';
import { type Output, widthOf } from '../steering/output.js';
import { settlePlan } from './answers.js';
import { brokenLines } from './broken-lines.js';
import { Conversation } from './conversation.js';
import type { InitFlags } from './flags.js';
import type { InitPlan } from './plan.js';
import { shellQuoted } from './repository.js';
import { workflowText } from './workflow-text.js';
import { refusePlace, writeNew } from './write-new.js';

/** What `symphony init` was asked. */
export interface InitOptions {
  /** Absolute; nothing may be there. */
  readonly workflowPath: string;
  readonly cwd: string;
  readonly flags: InitFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: Output['stdout'];
  /** Whether a person is there to answer what the flags leave open. */
  readonly isInteractive: boolean;
}

/**
 * Writes a workflow file that is valid, and returns the exit code.
 * @throws SymphonyError `usage_error`, and those of the tracker
 */
export async function init(options: InitOptions): Promise<number> {
  const { workflowPath, flags, cwd, env, stdin, stdout, isInteractive } = options;
  await refusePlace(workflowPath);
  const shownPath = relative(cwd, workflowPath);
  const conversation = isInteractive ? new Conversation(stdin, stdout) : null;
  let plan: InitPlan;
  try {
    conversation?.say(`Some questions, then ${shownPath} is written. Enter takes what is in brackets.\n`);
    plan = await settlePlan(flags, { workflowPath, cwd, env, clock: systemClock }, conversation);
  } finally {
    conversation?.close();
  }
  const text = workflowText(plan);
  // What the daemon would refuse is not written.
  parseWorkflow(workflowPath, text, { env, known: { trackers: trackerAdapters, agents: AGENT_KINDS } });
  await writeNew(workflowPath, text);
  const write = (told: string): void => void stdout.write(brokenLines(told, widthOf({ stdout })));
  write(`${isInteractive ? '\n' : ''}${said(plan, shownPath)}`);
  const { tracker } = plan;
  if (tracker.kind === 'local' && tracker.wantsExample) {
    const example = await putExample(tracker.boardPath);
    const told = example === null ? 'The example issue is there already' : `Wrote ${relative(cwd, example)}`;
    write(`${told}\n`);
  }
  write(nextSteps(shownPath));
  return 0;
}

const MAX_NAME_LENGTH = 80;

function said({ tracker, agent, repository }: InitPlan, path: string): string {
  const lines = [`Wrote ${path}`, `  tracker     ${trackerSaid(tracker)}`];
  if (tracker.kind === 'linear') {
    const { active, terminal, waiting } = tracker.states;
    lines.push(`  worked on   ${listed(active)}`, `  finished    ${listed(terminal)}`);
    if (waiting.length > 0) lines.push(`  left alone  ${listed(waiting)}, where others have their turn`);
  }
  lines.push(`  agent       ${agent}`);
  lines.push(
    `  workspaces  ${repository === null ? 'begin empty, unless hooks.after_create clones a repository' : `clones of ${repository}`}`,
  );
  if (agent === 'scripted' && tracker.kind === 'linear') {
    lines.push("  The scripted agent moves no issue of Linear's: each stays where it is.");
  }
  return `${lines.join('\n')}\n`;
}

function trackerSaid(tracker: InitPlan['tracker']): string {
  if (tracker.kind === 'local') return `issues are the Markdown files in ${tracker.board}`;
  return `the project ${plainLine(tracker.project.name, MAX_NAME_LENGTH)} in Linear, with the key in ${tracker.apiKeyName}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0
    ? 'as usual; no team of the project has states'
    : names.map((name) => plainLine(name, MAX_NAME_LENGTH)).join(', ');
}

function nextSteps(path: string): string {
  const argument = path === 'WORKFLOW.md' ? '' : ` ${shellQuoted(path)}`;
  const steps = [
    [`symphony validate${argument}`, 'checks the file'],
    [`symphony doctor${argument}`, 'checks all that it needs on this machine'],
    [`symphony${argument}`, 'starts the daemon'],
  ];
  const width = Math.max(...steps.map(([command = '']) => command.length));
  const lines = steps.map(([command = '', what = '']) => `  ${command.padEnd(width)}  ${what}`);
  return `\nNext:\n${lines.join('\n')}\n`;
}
