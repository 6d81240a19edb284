import type { ErrorCode } from '../domain/error.js';
import { fieldRows, typeName } from './field-rows.js';
import { inputSchema, namedSchemas, outputSchema } from './json-schema.js';
import { refusalsOf } from './refusals.js';
import { type Access, NO_BODY, type Route } from './route.js';
import { ROUTES } from './table.js';

const WHO: { readonly [access in Access]: string } = {
  public: 'anyone',
  read: 'this machine; others with the token',
  free: 'this machine; others with the token',
  operator: 'the operator',
  webhook: 'the tracker',
};

/** The reference of the API as Markdown, made from its routes; docs/api.md is its text. */
export function apiReference(): string {
  const objects = Object.entries(namedSchemas()).map(([name, schema]) =>
    [`### ${name}`, '', ...fieldRows(schema)].join('\n'),
  );
  return `${[HEAD, summary(), ...ROUTES.map(endpoint), CLIENT, OBJECTS, ...objects].join('\n\n')}\n`;
}

function summary(): string {
  const rows = ROUTES.map((route) => {
    const link = `[\`${shownPath(route)}\`](#${route.name.toLowerCase()})`;
    return `| ${route.method} | ${link} | ${WHO[route.access]} | ${route.summary} |`;
  });
  return ['| | Path | For | |', '|---|---|---|---|', ...rows].join('\n');
}

/** The shortest; the other one is said once for all. */
function shownPath({ paths }: Route): string {
  return (paths.at(-1) ?? '').replace('{issue_identifier}', '<issue_identifier>').replace('{kind}', '<kind>');
}

function endpoint(route: Route): string {
  const parts = [
    `### ${route.name}`,
    `\`${route.method} ${shownPath(route)}\` (for ${WHO[route.access]})`,
    [route.summary, route.description].filter((text) => text !== null).join(' '),
  ];
  const rows = parameters(route);
  if (rows.length > 0) parts.push(['| Parameter | Type | Meaning |', '|---|---|---|', ...rows].join('\n'));
  if (route.bodyHint !== null) parts.push(`Body: ${route.bodyHint.replaceAll(/\{[^}]*\}/gu, '`$&`')}`);
  parts.push(answers(route));
  return parts.join('\n\n');
}

function parameters({ params, query, body }: Route): string[] {
  const inPath = fieldRows(inputSchema(params)).slice(2);
  const inQuery = fieldRows(inputSchema(query)).slice(2);
  const inBody = body === NO_BODY ? [] : fieldRows(inputSchema(body)).slice(2);
  const placed = (rows: readonly string[], place: string): string[] =>
    rows.map((row) => row.replace(/^\| (\S+) \|/u, `| $1 ${place} |`));
  return [
    ...placed(inPath, 'in the path'),
    ...placed(inQuery, 'in the query'),
    ...placed(inBody, 'in the body'),
  ];
}

function answers(route: Route): string {
  const type = typeName(outputSchema(route.response));
  const good = route.statuses.map((status) => `${status} with ${type}`).join(', ');
  const stream = route.streams ? ', or a stream of events' : '';
  const bad = [...refusalsOf(route)].map(([status, codes]) => `${status} ${codes.map(linked).join(', ')}`);
  return `Answers ${good}${stream}. Refuses with ${bad.join('; ')}.`;
}

function linked(code: ErrorCode): string {
  return `[\`${code}\`](errors.md#${code})`;
}

const HEAD = `# JSON API

A daemon serves this at its port (\`--port\` or \`server.port\`) and, with or without a port, at the unix socket in its state
directory. Paths begin with \`/api/v1\`. Within v1 fields may be added; none is renamed or removed, so readers must leave
out what they do not know. \`GET /api/v1/openapi.json\` says the same for programs, and the package exports
[a client](#a-client-for-programs).

This page is made from the routes in \`src/api/table.ts\`; \`npx vitest run test/api/reference.test.ts -u\` writes it anew, and
without \`-u\` that test fails when the two differ.

- **Issues.** Each \`/api/v1/<issue_identifier>/…\` is also at \`/api/v1/issues/<issue_identifier>/…\`, for an issue may be
  called "state". The identifier is percent-encoded. A \`HEAD\` goes wherever a \`GET\` does.
- **Who may ask.** On a loopback address and at the socket, whatever only shows is free, and so is \`refresh\`. Everything else
  that acts is for the operator: \`Authorization: Bearer <token>\`, with the token that \`symphony token\` prints, or
  \`server.token\` where that is set. On any other address reading needs the token as well. [Security](security.md) tells
  what that protects, and what it does not.
- **Errors.** Every answer that is not a success is an [Error](#error), with one of the codes of [errors](errors.md), but
  for the 503 of \`health\`. 429 and 503 may come from any address when too much is asked at once; \`Retry-After\` then tells
  how many seconds to wait. No error, of a request or of a run, holds what a hook printed or where in the program it
  arose; what a failed hook printed is told by its event.
- **Bodies** are JSON of at most 64 KiB, and called so in \`Content-Type\`. Where none is asked for, none needs to be sent;
  \`{}\` and forms are taken for none.
- **Times** are ISO 8601 in UTC. Everything is answered from memory, as of \`generated_at\`; nothing waits for a
  hook, a host or an agent, and for a tracker only [explain](#explainissue) does, a tenth of a second of it. Only
  transcripts are read from the disk.

## Endpoints`;

/** Quoted here, so that the example is not taken for an import of this file. */
const CLIENT_NAME = "'symphony-daemon/client'";

const CLIENT = `## A client for programs

\`symphony-daemon/client\` is this API for Node.js, with types. What it gives was checked; whatever is refused is thrown as a
\`SymphonyError\` with the \`code\` that the daemon gave, \`daemon_unreachable\` when it gave none, and with
\`retryAfterMs\` where the daemon says when to come again.

\`\`\`ts
import { SymphonyClient, SymphonyError } from ${CLIENT_NAME};

/** Tells what happens to an issue, and stops it at its first error. */
export async function watch(baseUrl: string, token: string, issue: string, tell: (line: string) => void) {
  const daemon = new SymphonyClient({ baseUrl, token });
  const { title, status, blocked } = await daemon.issue(issue);
  tell(\`\${title}: \${status}\`);
  if (blocked?.question.kind === 'commandApproval') {
    const { text: question } = blocked.question;
    await daemon.answer(issue, { kind: 'decline' }, { question });
  }
  for await (const item of daemon.stream({ issue, latest: 10 })) {
    if (item.kind !== 'event') continue;
    tell(\`\${item.event.at} \${item.event.message}\`);
    if (item.event.level === 'error') break;
  }
  try {
    await daemon.order(issue, 'stop');
  } catch (error) {
    if (!(error instanceof SymphonyError) || error.code !== 'order_refused') throw error;
    tell(error.message);
  }
}
\`\`\`

\`baseUrl\` is the address without a path, such as \`http://127.0.0.1:4000\`. Reading on this machine needs no \`token\`; it may
also be a function, which is asked for it when it is needed. Besides those above there are \`state\`, \`issues\`, \`explain\`,
\`events\`, \`transcript\`, \`health\`, \`refresh\` and, for \`pause\`, \`resume\` and \`drain\`, \`orderDispatch\`. Each takes a
\`signal\` that ends it. A stream goes on where it was after a lost connection, and tells so with \`lost\`, \`open\` and,
where events are missing, \`gap\`.`;

const OBJECTS = '## Objects';
