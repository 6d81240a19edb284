import { type Document, isMap, type Node, stringify } from 'yaml';
import type { BoardComment } from '../board-tool.js';
import { ToolRefusal } from '../tool-refusal.js';
import {
  frontMatterFields,
  type IssueFileParts,
  lastPair,
  parseFrontMatter,
  splitIssueFile,
} from './issue-file.js';

/**
 * A file's text with another state and otherwise as it was: comments, order of keys, line ends, body. The text must be
 * one that reads as an issue.
 */
export function replaceState(text: string, state: string): string {
  const parts = whole(text);
  const end = lineEnd(text);
  if (says(parts.yaml, parts.yaml, state)) return text;
  if (parts.opening === '') {
    const yaml = `state: ${scalar(state)}${end}`;
    return joined({ ...parts, opening: `---${end}`, yaml, closing: `---${end}${end}` });
  }
  const spliced = spliceState(parts.yaml, state, end);
  const yaml = says(spliced, parts.yaml, state) ? spliced : rewriteState(parts.yaml, state, end);
  return joined({ ...parts, yaml });
}

/** A file's text with a comment at its end, quoted, so that no line of it can be read as anything else. */
export function appendComment(text: string, { author, at, text: words }: BoardComment): string {
  const parts = whole(text);
  const end = lineEnd(text);
  const lines = words.split('\n').map((line) => (line.trim() === '' ? '>' : `> ${line}`));
  const section = endsInComments(parts.body) ? [] : ['## Comments', ''];
  const comment = [...section, `**${author}**, ${at}:`, '', ...lines, ''].join(end);
  // A file that ends right after its front matter may lack the line end there.
  const closing = /[^\n]$/.test(parts.closing) ? `${parts.closing}${end}` : parts.closing;
  return joined({ ...parts, closing, body: `${parts.body}${gap(parts.body, end)}${comment}` });
}

function whole(text: string): IssueFileParts {
  const parts = splitIssueFile(text);
  if (parts === null) throw new Error('only a file that reads as an issue is edited');
  return parts;
}

function joined({ byteOrderMark, opening, yaml, closing, body }: IssueFileParts): string {
  return `${byteOrderMark}${opening}${yaml}${closing}${body}`;
}

/** The line end that the file uses first. */
function lineEnd(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** Puts the new state over the old one's characters, which leaves every other character alone. */
function spliceState(yaml: string, state: string, end: string): string {
  const { document } = parseFrontMatter(yaml);
  if (!isMap(document.contents)) return `${yaml}state: ${scalar(state)}${end}`;
  const pair = lastPair(document.contents, 'state');
  if (pair === undefined) {
    const closed = yaml === '' || yaml.endsWith('\n') ? yaml : `${yaml}${end}`;
    return `${closed}state: ${scalar(state)}${end}`;
  }
  const range = (pair.value as Node | null)?.range;
  if (!range) return yaml;
  const [from, to] = range;
  const space = yaml[from - 1] === ':' ? ' ' : '';
  return `${yaml.slice(0, from)}${space}${scalar(state)}${yaml.slice(to)}`;
}

/** Whether the front matter now has this state and otherwise the fields it had. */
function says(after: string, before: string, state: string): boolean {
  const { document, problem } = parseFrontMatter(after);
  const wanted = { ...frontMatterFields(parseFrontMatter(before).document), state };
  return problem === null && JSON.stringify(frontMatterFields(document)) === JSON.stringify(wanted);
}

/** The rare front matter that cannot be spliced, such as one map in braces, is written anew with its comments. */
function rewriteState(yaml: string, state: string, end: string): string {
  const { document } = parseFrontMatter(yaml);
  if (isMap(document.contents)) {
    const pair = lastPair(document.contents, 'state');
    if (pair === undefined) document.contents.set('state', state);
    else pair.value = document.createNode(state);
  }
  const written = textOf(document).replaceAll(/\r?\n/g, end);
  if (says(written, yaml, state)) return written;
  throw notEditable();
}

function textOf(document: Document): string {
  try {
    return document.toString({ lineWidth: 0 });
  } catch {
    // The yaml package says so when other fields point at the state that was replaced.
    throw notEditable();
  }
}

function notEditable(): ToolRefusal {
  const message = 'the state in the front matter is tied to other fields; a person has to change it by hand';
  return new ToolRefusal('state_not_editable', message);
}

function scalar(state: string): string {
  return stringify(state, { lineWidth: 0 }).trimEnd();
}

/** Whether what is added at the end falls under `## Comments` already. */
function endsInComments(body: string): boolean {
  const last = body.split(/\r?\n/).findLast((line) => /^#{1,2}[ \t]/.test(line));
  return last !== undefined && /^##[ \t]+Comments[ \t]*$/.test(last);
}

/** What must stand between a body and a new paragraph. */
function gap(body: string, end: string): string {
  if (body.trim() === '') return '';
  const blank = /\n[ \t]*\r?\n[ \t]*$/.test(body);
  if (blank) return '';
  return body.endsWith('\n') ? end : `${end}${end}`;
}
