/** More than the names of fields, and the ids of a thousand runs with their issues. */
const MOST = 5_000;
/** A longer one is hardly repeated, and an agent could fill the memory with them. */
const LONGEST = 200;

/**
 * What becomes of texts that come again and again, made once and kept once. Only for texts of which there are few: when they
 * become too many all are forgotten.
 */
export class RepeatedTexts {
  readonly #make: (text: string) => string;
  readonly #made = new Map<string, string>();

  constructor(make: (text: string) => string) {
    this.#make = make;
  }

  of(text: string): string {
    if (text.length > LONGEST) return this.#make(text);
    const known = this.#made.get(text);
    if (known !== undefined) return known;
    if (this.#made.size >= MOST) this.forget();
    const made = this.#make(text);
    this.#made.set(text, made);
    return made;
  }

  /** What was made may not hold any more. */
  forget(): void {
    this.#made.clear();
  }
}
