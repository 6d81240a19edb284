import type { Issue } from '../../../domain/issue.js';
import type { LinearClient } from '../client.js';
import { identifierOf } from '../scope.js';
import { refusal } from './policy.js';
import type { Target } from './scoped-mutations.js';
import type { KnownTargets } from './sessions.js';
import { type FoundIssue, keyOf, lookUp, MOST_TARGETS } from './target-look-up.js';

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
   * Asks Linear, with one request, where the targets belong, and notes those of the project as known.
   *
   * @throws ToolRefusal `tool_access_refused` for the first that is not in the project
   * @throws SymphonyError what the client throws; `tracker_response` for an answer of another form
   */
  async admit(
    targets: readonly Target[],
    own: Issue,
    known: KnownTargets,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await lookUp(this.#client, targets, signal);
    const inside = new Set<string>();
    for (const { keys, issues } of found) {
      if (issues.length === 0 || !issues.every((issue) => this.#contains(issue, own))) continue;
      for (const key of keys) inside.add(key);
    }
    const stranger = targets.find((target) => !inside.has(keyOf(target)));
    if (stranger !== undefined) {
      const what = `changing ${stranger.kind} ${stranger.id}`;
      throw refusal(what, 'scoped', 'it has to be visible and belong to an issue of the configured project');
    }
    for (const key of inside) known.add(key);
  }

  #contains({ id, project }: FoundIssue, own: Issue): boolean {
    return id === own.id || (project !== null && this.#slugs.has(project.slugId));
  }
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
