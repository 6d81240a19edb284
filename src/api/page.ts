import { createHash } from 'node:crypto';
import type { Problem, Snapshot } from '../domain/snapshot.js';
import { isoTime } from './state.js';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; } dt { opacity: .7; font-size: .85rem; } dd { margin: 0; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .8rem .3rem 0; vertical-align: top; border-bottom: 1px solid #8884; overflow-wrap: break-word; } th { white-space: nowrap; } td:last-child { overflow-wrap: anywhere; }
.problem { border-left: .3rem solid #d33; padding: .3rem .8rem; background: #d331; overflow-wrap: anywhere; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Forbids everything the page does not need: no script, no form, no frame, and only its own style. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ANSWERING: Html = {
  html: '<p>Answer with <code>POST /api/v1/&lt;issue&gt;/answer</code>; <code>symphony token</code> prints the token for it.</p>',
};

/** Markup that is safe to put into a page; everything else is escaped. */
interface Html {
  readonly html: string;
}

/** The status page at `/` (SPEC 13.7.1): the snapshot as a self-contained document that reloads itself. */
export function statusPage(snapshot: Snapshot): string {
  const { running, retrying, blocked, parked, totals, polling, generatedAtMs } = snapshot;
  const page = markup`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><meta name="viewport" content="width=device-width">
<title>${blocked.length > 0 ? `(${blocked.length} blocked) ` : ''}Symphony</title><style>${{ html: STYLE }}</style></head>
<body><h1>Symphony${snapshot.mode === 'stopping' ? ' is stopping' : ''}</h1>
${problemLine('Workflow', snapshot.workflowProblem)}${problemLine('Tracker', polling.failure)}
<dl>${figure('Running', `${running.length} of ${snapshot.maxConcurrentAgents}`)}${figure('Retrying', retrying.length)}
${figure('Blocked', blocked.length)}${figure('Parked', parked.length)}${figure('Waiting', snapshot.waiting.count)}
${figure('Tokens', grouped(totals.totalTokens))}${figure('In', grouped(totals.inputTokens))}${figure('Out', grouped(totals.outputTokens))}
${figure('Runtime', span(totals.secondsRunning * 1000))}</dl>
<p>${snapshot.trackerKind}: ${pollText(snapshot)}. As of ${isoTime(generatedAtMs)}.</p>
${table('Blocked', ['Issue', 'State', 'Question', 'Since'], blocked, (row) => [issueLink(row), row.state, row.question.text, span(generatedAtMs - row.blockedAtMs)])}
${blocked.length === 0 ? '' : ANSWERING}
${table('Running', ['Issue', 'State', 'Phase', 'Age', 'Turns', 'Tokens', 'Last event'], running, (row) => [
  issueLink(row),
  row.state,
  row.stopping === null ? row.phase : `stopping: ${row.stopping}`,
  span(generatedAtMs - row.startedAtMs),
  row.turnCount,
  grouped(row.usage.totalTokens),
  row.lastMessage ?? row.lastEvent ?? '',
])}
${table('Retry queue', ['Issue', 'Attempt', 'Due in', 'Error'], retrying, (row) => [issueLink(row), row.attempt, span(row.dueAtMs - generatedAtMs), row.error ?? ''])}
${table('Parked', ['Issue', 'Reason', 'Until'], parked, (row) => [issueLink(row), row.reason, row.untilMs === null ? 'a person releases it' : isoTime(row.untilMs)])}
${table('Problems', ['At', 'Issue', 'What'], [...snapshot.problems].reverse(), (row) => [isoTime(row.atMs), row.identifier ?? '', row.message])}
<h2>Rate limits</h2><p>${snapshot.rateLimits === null ? 'Unavailable' : JSON.stringify(snapshot.rateLimits)}</p>
</body></html>
`;
  return page.html;
}

type Part = string | number | Html | readonly Html[];

function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.map((text, index) => text + rendered(parts[index] ?? '')).join('') };
}

function rendered(part: Part): string {
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(({ html }) => html).join('');
}

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
}

function table<Row>(
  title: string,
  columns: readonly string[],
  rows: readonly Row[],
  cells: (row: Row) => readonly Part[],
): Html {
  if (rows.length === 0) return markup`<h2>${title}</h2><p>None.</p>`;
  const head = columns.map((column) => markup`<th>${column}</th>`);
  const body = rows.map((row) => markup`<tr>${cells(row).map((cell) => markup`<td>${cell}</td>`)}</tr>\n`);
  return markup`<h2>${title}</h2><table><tr>${head}</tr>\n${body}</table>`;
}

function figure(name: string, value: string | number): Html {
  return markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function problemLine(what: string, problem: Problem | null): Html {
  return problem === null ? { html: '' } : markup`<p class="problem">${what}: ${problem.message}</p>`;
}

function issueLink({
  identifier,
  title,
  url,
}: {
  identifier: string;
  title: string;
  url: string | null;
}): Html {
  if (url === null || !isWebUrl(url)) return markup`<strong>${identifier}</strong> ${title}`;
  return markup`<a href="${url}" rel="noopener noreferrer" target="_blank">${identifier}</a> ${title}`;
}

/** A tracker's url may be anything, `javascript:` included; only a web address becomes a link. */
function isWebUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '';
}

function pollText({ polling, generatedAtMs }: Snapshot): string {
  if (polling.checking) return 'checking now';
  if (polling.pausedUntilMs !== null)
    return `throttled, nothing is asked for ${span(polling.pausedUntilMs - generatedAtMs)}`;
  if (polling.nextPollAtMs === null) return 'no check is planned';
  return `next check in ${span(polling.nextPollAtMs - generatedAtMs)}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function span(ms: number): string {
  const seconds = Math.max(Math.round(ms / 1000), 0);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}
