import type { EventResponse, SymphonyClient } from '../../client/client.js';
import { plainLine } from '../../dashboard/text/text.js';
import { daemonOf, type Target } from './connection.js';
import { interruption } from './interruption.js';
import { withIssue } from './issue-name.js';
import { type Output, print, printJsonLine } from './output.js';

/** What `symphony logs` was asked. */
export interface LogsOptions extends Target, Output {
  readonly name: string;
  readonly follow: boolean;
  readonly json: boolean;
  /** How many of the latest events at most. */
  readonly lines: number;
}

/**
 * Prints what has happened to an issue, the oldest first, and what happens as long as it is followed. Returns the exit code.
 * @throws SymphonyError `daemon_unreachable` or `issue_not_found`
 */
export async function logs(options: LogsOptions): Promise<number> {
  const client = daemonOf(options);
  return await withIssue(client, options.name, async (identifier) => {
    const { events } = await client.events({ issue: identifier, limit: options.lines });
    // An issue without events may be known all the same; one that is not is told so.
    if (events.length === 0) await client.issue(identifier);
    for (const event of events) write(event, options);
    if (options.follow) await follow(client, identifier, events.at(-1)?.id, options);
    return 0;
  });
}

async function follow(
  client: SymphonyClient,
  issue: string,
  after: string | undefined,
  options: LogsOptions,
): Promise<void> {
  const begin = after === undefined ? { latest: options.lines } : { after };
  let isLost = false;
  for await (const item of client.stream({ issue, ...begin, signal: interruption(options) })) {
    if (item.kind === 'event') write(item.event, options);
    if (item.kind === 'gap')
      options.stderr.write('symphony: some events before the next one are not known any more\n');
    if (item.kind === 'lost' && !isLost)
      options.stderr.write(`symphony: ${plainLine(item.error.message)}; waiting for it\n`);
    isLost = item.kind === 'lost' || (isLost && item.kind !== 'open');
  }
}

function write(event: EventResponse, options: LogsOptions): void {
  if (options.json) printJsonLine(options, event);
  else
    print(options, [
      `${event.at}  ${event.level.padEnd(5)}  ${event.kind}  ${plainLine(event.message)}`.trimEnd(),
    ]);
}
