import { SymphonyError } from '../../../domain/error.js';
import type { Issue } from '../../../domain/issue.js';
import type { LinearClient } from '../client.js';
import { identifierOf } from '../scope.js';
import { refusal } from './policy.js';
import type { Target } from './scoped-mutations.js';
import type { KnownTargets } from './sessions.js';
import { type FoundIssue, issuesOf } from './target-look-up.js';

/** One call of an agent touches an issue or two; this keeps it from walking the whole workspace. */
const MOST_TARGETS = 50;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Tells whether what a mutation touches belongs to the configured project. */
export class ProjectScope {
  readonly #client: LinearClient;
  readonly #slugs: ReadonlySet<string>;

  constructor(client: LinearClient, slugs: readonly string[]) {
    this.#client = client;
    this.#slugs = new Set(slugs);
  }

  /**
   * The targets that only Linear can tell about: neither the session's own issue nor found before.
   *
   * @throws ToolRefusal `tool_access_refused` when one of them is no id, or there are too many
   */
  unknown(targets: readonly Target[], own: Issue, known: KnownTargets): readonly Target[] {
    const ownKeys = new Set([own.id, own.identifier].map((id) => keyOf({ kind: 'issue', id })));
    const open = new Map<string, Target>();
    for (const target of targets) {
      const key = keyOf(target);
      if (ownKeys.has(key) || known.has(key)) continue;
      refuseStrangeId(target);
      open.set(key, target);
    }
    if (open.size > MOST_TARGETS) {
      throw refusal(`changing ${open.size} things at once`, 'scoped', `up to ${MOST_TARGETS} are allowed`);
    }
    return [...open.values()];
  }

  /**
   * Asks Linear, with one request, where the targets belong, and notes them as known when all are in the project.
   *
   * @throws ToolRefusal `tool_access_refused` when one is not, or Linear does not tell
   * @throws SymphonyError what the client throws when Linear does not answer
   */
  async admit(
    targets: readonly Target[],
    own: Issue,
    known: KnownTargets,
    signal: AbortSignal,
  ): Promise<void> {
    const issues = await this.#issuesOf(targets, signal);
    const stranger = targets.find(
      (_, index) => issues[index]?.every((issue) => this.#contains(issue, own)) !== true,
    );
    if (stranger !== undefined) {
      const what = `changing ${stranger.kind} ${stranger.id}`;
      throw refusal(what, 'scoped', 'it does not belong to an issue of the configured project');
    }
    const found = issues.flat().map(({ id }): Target => ({ kind: 'issue', id }));
    for (const target of [...found, ...targets]) known.add(keyOf(target));
  }

  async #issuesOf(
    targets: readonly Target[],
    signal: AbortSignal,
  ): Promise<readonly (readonly FoundIssue[])[]> {
    try {
      return await issuesOf(this.#client, targets, signal);
    } catch (error) {
      if (!(error instanceof SymphonyError) || error.code !== 'tracker_response') throw error;
      const names = targets.map(({ kind, id }) => `${kind} ${id}`).join(', ');
      throw refusal(`changing ${names}`, 'scoped', `where it belongs could not be told (${error.message})`);
    }
  }

  #contains({ id, project }: FoundIssue, own: Issue): boolean {
    return id === own.id || (project !== null && this.#slugs.has(project.slugId));
  }
}

/** What a target is known by; Linear does not mind the case of letters in ids. */
function keyOf({ kind, id }: Target): string {
  return `${kind} ${id.toLowerCase()}`;
}

function refuseStrangeId({ kind, id }: Target): void {
  const isIdentifier = kind === 'issue' && id.trim() === id && identifierOf(id) !== null;
  if (isIdentifier || UUID.test(id)) return;
  const forms = kind === 'issue' ? 'its id, a UUID, or its identifier, such as ENG-12' : 'its id, a UUID';
  throw refusal(
    `changing ${kind} ${JSON.stringify(id.slice(0, 100))}`,
    'scoped',
    `name the ${kind} by ${forms}`,
  );
}
