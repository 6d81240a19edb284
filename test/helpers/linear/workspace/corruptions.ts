/** The fields of a malformed answer, by the schema's names; `undefined` leaves a field out of the answer. */
export type Corruption = Readonly<Record<string, unknown>>;

/** What answers about an issue must show instead of the truth, by the issue's id. */
export class LinearCorruptions {
  readonly #patches = new Map<string, Corruption>();

  add(issueId: string, patch: Corruption): void {
    this.#patches.set(issueId, { ...this.#patches.get(issueId), ...patch });
  }

  heal(issueId: string): void {
    this.#patches.delete(issueId);
  }

  of(issueId: string): Corruption | undefined {
    return this.#patches.get(issueId);
  }
}
