import { basename, dirname } from 'node:path';
import { SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import type { Conversation } from './conversation.js';
import { type InitFlags, trackerOf, unanswered } from './flags.js';
import { linearPlan } from './linear-plan.js';
import { type InitPlace, localPlan } from './local-plan.js';
import type { InitAgent, InitPlan, InitTracker } from './plan.js';
import { originOf, repositoryAddress } from './repository.js';

const TRACKERS = [
  { value: 'local', name: 'local', about: 'a board of Markdown files in a folder' },
  { value: 'linear', name: 'linear', about: 'a project in Linear' },
] as const;

const AGENTS = [
  { value: 'codex', name: 'codex', about: 'Codex, as it is installed here' },
  { value: 'scripted', name: 'scripted', about: 'follows a script and costs nothing, to try things out' },
] as const;

/** What an empty workspace is called in answers. */
const NONE = 'none';

/**
 * Settles everything that a workflow file is written from: what the flags leave open is asked, or where nobody is there
 * to ask, has its default.
 * @throws SymphonyError `usage_error` for what has no default, and those of the tracker
 */
export async function settlePlan(
  flags: InitFlags,
  place: InitPlace & { readonly clock: Clock },
  conversation: Conversation | null,
): Promise<InitPlan> {
  const given = flags.repo === undefined ? null : repositoryOf(flags.repo, place);
  const kind = trackerOf(flags) ?? (await chosenTracker(conversation));
  const tracker =
    kind === 'local'
      ? await localPlan(flags, place, conversation)
      : await linearPlan(flags, place, conversation);
  const agent = flags.agent ?? (await chosenAgent(conversation));
  const repository = given ?? (await chosenRepository(place, conversation));
  const scope = tracker.kind === 'linear' ? tracker.project.slug : basename(dirname(place.workflowPath));
  return { tracker, agent, repository, workspaceRoot: rootFor(scope) };
}

async function chosenTracker(conversation: Conversation | null): Promise<InitTracker> {
  if (conversation === null) throw unanswered('--tracker', 'local or linear');
  return await conversation.choose('Tracker', TRACKERS, 'local');
}

async function chosenAgent(conversation: Conversation | null): Promise<InitAgent> {
  if (conversation === null) return 'codex';
  return await conversation.choose('Agent', AGENTS, 'codex');
}

async function chosenRepository(place: InitPlace, conversation: Conversation | null): Promise<string | null> {
  if (conversation === null) return null;
  const origin = await originOf(dirname(place.workflowPath));
  return await conversation.ask<string | null>(
    `Git repository that each workspace clones, or ${NONE}`,
    origin ?? NONE,
    (answer) => (answer.toLowerCase() === NONE ? { value: null } : repositoryAddress(answer, place.cwd)),
  );
}

function repositoryOf(given: string, { cwd }: InitPlace): string {
  const reading = repositoryAddress(given, cwd);
  if ('value' in reading) return reading.value;
  throw new SymphonyError('usage_error', `--repo: ${reading.problem}`);
}

/** Not in the temporary directory, which a restart of the machine empties, and apart from those of other projects. */
function rootFor(scope: string): string {
  const name = scope.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '');
  return `~/symphony_workspaces${name === '' ? '' : `/${name}`}`;
}
