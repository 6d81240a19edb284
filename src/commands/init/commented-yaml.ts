import { stringify } from 'yaml';
import type { JsonValue } from '../../domain/json.js';
import { metaOf } from '../../workflow/setting.js';
import { knownKeys } from '../../workflow/unknown-keys.js';

/** A key of the front matter with its value. */
export interface Entry {
  /** Dotted, such as `agent.kind`; keys of one section stand together. */
  readonly key: string;
  readonly value: JsonValue;
  /** False for a key that is only shown, as a comment. */
  readonly isSet: boolean;
  /** What the schema does not know to say about it; stands in place of what it says. */
  readonly about?: string;
}

const WIDTH = 110;

/**
 * YAML in which every key has its meaning above it: `about`, or what the schema tells of it. Sections of which nothing
 * is set are comments as a whole.
 */
export function commentedYaml(entries: readonly Entry[]): string {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const entry of entries) {
    const path = entry.key.split('.');
    const sections = path.slice(0, -1);
    for (const [depth, name] of sections.entries()) {
      if (open[depth] === name) continue;
      open = [...open.slice(0, depth), name];
      if (depth === 0) lines.push('');
      lines.push(placed(depth, isAnySet(entries, open), `${name}:`));
    }
    open = sections;
    const depth = sections.length;
    lines.push(...comment(entry).map((line) => placed(depth, true, `# ${line}`)));
    lines.push(...written(entry, path.at(-1) ?? entry.key).map((line) => placed(depth, entry.isSet, line)));
  }
  return `${lines.join('\n')}\n`;
}

function isAnySet(entries: readonly Entry[], section: readonly string[]): boolean {
  return entries.some(({ key, isSet }) => isSet && key.startsWith(`${section.join('.')}.`));
}

function placed(depth: number, isSet: boolean, line: string): string {
  const indented = `${'  '.repeat(depth)}${line}`;
  // The mark goes first, so that what is under a section that is only shown stays under it.
  return isSet ? indented : indented.replace(/^( *)/, '$1# ');
}

function comment({ key, about }: Entry): string[] {
  const schema = knownKeys().get(key);
  return wrapped(about ?? (schema === undefined ? '' : (metaOf(schema)?.description ?? '')));
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** In the older YAML's words, in which `no` and `on` need quotes too: whoever else reads the file sees the same. */
function written({ value }: Entry, name: string): string[] {
  return stringify({ [name]: value }, { lineWidth: 0, version: '1.1' })
    .trimEnd()
    .split('\n');
}
