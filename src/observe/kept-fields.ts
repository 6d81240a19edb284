import type { JsonValue } from '../domain/json.js';
import { keptLines, keptText, MAX_FIELD_LENGTH } from './history-text.js';
import type { Secrets } from './redact.js';
import { RepeatedTexts } from './repeated-texts.js';

const MAX_FIELDS = 20;
const MAX_NAME_LENGTH = 100;
/** Nearly every event has these, and thousands have the same. */
const REPEATED: ReadonlySet<string> = new Set(['issue_id', 'issue_identifier', 'session_id']);

type Fields = { readonly [name: string]: JsonValue };

/** The fields of lines as the history keeps them: without secrets, and never more than a few thousand characters. */
export class KeptFields {
  readonly #secrets: Secrets;
  readonly #names: RepeatedTexts;
  readonly #ids: RepeatedTexts;
  #revision: number;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
    this.#revision = secrets.revision;
    this.#names = new RepeatedTexts((name) => keptText(name, secrets, MAX_NAME_LENGTH));
    this.#ids = new RepeatedTexts((id) => keptLines(id, secrets));
  }

  of(fields: Fields): Fields {
    this.#noticeNewSecrets();
    const names = Object.keys(fields);
    const areKept = names.length <= MAX_FIELDS && names.every((name) => this.#names.of(name) === name);
    if (!areKept) {
      const entries = Object.entries(fields).slice(0, MAX_FIELDS);
      return Object.fromEntries(
        entries.map(([name, value]) => [this.#names.of(name), this.#value(name, value)]),
      );
    }
    const kept: Record<string, JsonValue> = { ...fields };
    for (const name of names) kept[name] = this.#value(name, kept[name] ?? null);
    return kept;
  }

  #value(name: string, value: JsonValue): JsonValue {
    if (typeof value === 'string')
      return REPEATED.has(name) ? this.#ids.of(value) : keptLines(value, this.#secrets);
    if (typeof value !== 'object' || value === null) return value;
    const json = JSON.stringify(value);
    return json.length <= MAX_FIELD_LENGTH
      ? this.#secrets.redactValue(value)
      : keptLines(json, this.#secrets);
  }

  #noticeNewSecrets(): void {
    if (this.#revision === this.#secrets.revision) return;
    this.#revision = this.#secrets.revision;
    this.#names.forget();
    this.#ids.forget();
  }
}
