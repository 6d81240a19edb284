import type { JsonObject } from '../../domain/json.js';

/** The spellings under which a project's `slugId` may be known: the whole last part of its address, and its tail. */
export function projectSlugs(projectSlug: string): readonly string[] {
  const [, tail] = /-([0-9a-f]{12})$/.exec(projectSlug) ?? [];
  return tail === undefined ? [projectSlug] : [projectSlug, tail];
}

/** Selects the project. */
export function projectFilter(slugs: readonly string[]): JsonObject {
  return { slugId: { in: slugs } };
}

/** Selects the project's issues in these states, named exactly. */
export function stateFilter(slugs: readonly string[], exactStates: readonly string[]): JsonObject {
  return { project: projectFilter(slugs), state: { name: { in: exactStates } } };
}

/** Selects issues by id. */
export function idFilter(ids: readonly string[]): JsonObject {
  return { id: { in: ids } };
}

/** Selects labels by name, in any case. */
export function labelFilter(names: readonly string[]): JsonObject {
  return { or: names.map((name) => ({ name: { eqIgnoreCase: name } })) };
}

/** Selects issues by identifier, which Linear has no filter of its own for. */
export function identifierFilter(identifiers: readonly Identifier[]): JsonObject {
  const named = identifiers.map(({ team, number }) => ({
    team: { key: { eq: team } },
    number: { eq: number },
  }));
  return { or: named };
}

/** What a person calls an issue. */
interface Identifier {
  readonly team: string;
  readonly number: number;
}

/** Reads ENG-12; null when it is none. */
export function identifierOf(text: string): Identifier | null {
  const [, team, number] = /^([A-Za-z][A-Za-z0-9]*)-(\d{1,9})$/.exec(text.trim()) ?? [];
  return team === undefined || number === undefined
    ? null
    : { team: team.toUpperCase(), number: Number(number) };
}
