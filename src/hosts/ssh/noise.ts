const KEPT_CHARACTERS = 500;

/** What a machine says before what was asked for: messages of the day, or why it does not come. The end of it is kept. */
export class Noise {
  #text = '';

  add(chunk: Buffer): void {
    this.#text = (this.#text + chunk.toString()).slice(-KEPT_CHARACTERS);
  }

  /** For the end of a message; empty when nothing was said. */
  get text(): string {
    const said = this.#text.replace(/\s+/g, ' ').trim();
    return said === '' ? '' : `; it said: ${said}`;
  }
}
