import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import type { Issue, IssueId } from '../../domain/issue.js';
import type { JsonObject } from '../../domain/json.js';
import type { PollAnswer, PollQuery, ReportProblem } from '../../ports/tracker.js';
import type { LinearClient } from './client.js';
import { BY_IDS, BY_STATES, MORE_BLOCKERS, MORE_LABELS, PAGE, POLL } from './documents.js';
import { isUuid, type Orientation, type Orienting, parsed } from './orientation.js';
import { ConnectionPage, PageWalk } from './pages.js';
import {
  isInProject,
  Labels,
  LinearIssue,
  malformed,
  NestedPage,
  normalizedIssue,
  type RecordReading,
  Relations,
} from './records.js';
import { identifierFilter, identifierOf, idFilter, stateFilter } from './scope.js';
import { exactStates } from './state-names.js';

/** What the reads are made of. */
export interface LinearReadsParts {
  readonly client: LinearClient;
  readonly orienting: Orienting;
  readonly terminalStates: readonly string[];
  readonly reportProblem: ReportProblem;
}

/** An answer and how many requests it took. */
type CountedAnswer = PollAnswer & { readonly requests: number };

const ByStates = z.object({ candidates: ConnectionPage });
const ByIds = z.object({ claimed: ConnectionPage });
const Both = ByStates.extend(ByIds.shape);

/** The two reads of SPEC 11.1, together or apart, each in as few requests as pages allow. */
export class LinearReads {
  readonly #parts: LinearReadsParts;
  /** Malformed records that were reported, by the states that were read; each is told once for as long as it stays so. */
  readonly #reported = new Map<string, ReadonlySet<string>>();

  constructor(parts: LinearReadsParts) {
    this.#parts = parts;
  }

  /** Both reads; equal to one after the other, in one request where both fit a page. */
  async poll({ states, ids }: PollQuery, signal: AbortSignal): Promise<CountedAnswer> {
    signal.throwIfAborted();
    const orientation = await this.#parts.orienting.current(signal);
    const ask = new Asking(this.#parts.client, signal);
    const names = exactStates(states, orientation);
    const batches = batchesOf(ids);
    const [first] = batches;
    const both =
      first === undefined || names.length === 0
        ? null
        : parsed(
            Both,
            await ask.read(POLL, {
              candidates: stateFilter(orientation.projectSlugs, names),
              claimed: first,
            }),
          );
    const candidates = await this.#walk(names, orientation, both?.candidates ?? null, ask);
    const claimed = both === null ? [] : [...whole(both.claimed)];
    claimed.push(...(await this.#batches(both === null ? batches : batches.slice(1), ask)));
    const listed = await this.#readings(candidates, orientation, ask);
    const asked = await this.#readings(claimed, orientation, ask);
    this.#tellMalformed(names, listed);
    return { byStates: unique(issuesOf(listed)), byIds: unique(required(asked)), requests: ask.requests };
  }

  /** All pages of issues in these states; `first` is the first one, where it is there already. */
  async #walk(
    names: readonly string[],
    { projectSlugs }: Orientation,
    first: ConnectionPage | null,
    ask: Asking,
  ): Promise<readonly unknown[]> {
    if (names.length === 0) return [];
    const candidates = stateFilter(projectSlugs, names);
    const walk = new PageWalk('the issues in the active states');
    const records: unknown[] = [];
    let page = first ?? parsed(ByStates, await ask.read(BY_STATES, { candidates })).candidates;
    for (;;) {
      records.push(...page.nodes);
      const after = walk.after(page);
      if (after === null) return records;
      page = parsed(ByStates, await ask.read(BY_STATES, { candidates, after })).candidates;
    }
  }

  async #batches(batches: readonly JsonObject[], ask: Asking): Promise<readonly unknown[]> {
    const records: unknown[] = [];
    // One after the other: the first that fails is then the last that was asked.
    for (const claimed of batches) {
      records.push(...whole(parsed(ByIds, await ask.read(BY_IDS, { claimed })).claimed));
    }
    return records;
  }

  /** Reads records; what is in the trash is left out, and is gone as far as anybody can tell. */
  async #readings(
    records: readonly unknown[],
    orientation: Orientation,
    ask: Asking,
  ): Promise<readonly RecordReading[]> {
    const { terminalStates, orienting } = this.#parts;
    const routing = { ...orientation, terminalStates };
    const readings: RecordReading[] = [];
    for (const record of records) {
      const result = LinearIssue.safeParse(record);
      if (!result.success) {
        readings.push(malformed(record, result.error));
      } else if (result.data.trashed !== true) {
        const whole = await completed(result.data, ask);
        readings.push({ kind: 'issue', issue: normalizedIssue(whole, routing) });
        // Elsewhere there are states that the look-up is not about.
        if (isInProject(whole, routing)) orienting.sawState(whole.state.name);
      }
    }
    return readings;
  }

  #tellMalformed(names: readonly string[], readings: readonly RecordReading[]): void {
    const told = new Set<string>();
    for (const reading of readings) {
      if (reading.kind !== 'malformed') continue;
      const message = `an issue of Linear's is left out: ${reading.id ?? 'no id'}: ${reading.reason}`;
      const isNews = ![...this.#reported.values(), told].some((known) => known.has(message));
      if (isNews) this.#parts.reportProblem({ code: 'tracker_response', message });
      told.add(message);
    }
    this.#reported.set(names.join('\n'), told);
  }
}

/** The requests of one read. */
class Asking {
  requests = 0;
  readonly #client: LinearClient;
  readonly #signal: AbortSignal;

  constructor(client: LinearClient, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  read(document: string, variables: JsonObject): Promise<JsonObject> {
    this.requests += 1;
    return this.#client.read(document, variables, this.#signal);
  }
}

/** A cut list of labels would let an issue through that lacks one; a cut list of blockers, one that is held. */
async function completed(issue: LinearIssue, ask: Asking): Promise<LinearIssue> {
  const { labels, inverseRelations } = issue;
  const moreLabels = await more(Labels, MORE_LABELS, issue.id, labels.pageInfo, ask);
  const moreRelations = await more(Relations, MORE_BLOCKERS, issue.id, inverseRelations.pageInfo, ask);
  if (moreLabels.length === 0 && moreRelations.length === 0) return issue;
  return {
    ...issue,
    labels: { ...labels, nodes: [...labels.nodes, ...moreLabels] },
    inverseRelations: { ...inverseRelations, nodes: [...inverseRelations.nodes, ...moreRelations] },
  };
}

/** What a nested connection had no room for. */
async function more<T>(
  nodes: z.ZodType<readonly T[]>,
  document: string,
  id: IssueId,
  pageInfo: NestedPage,
  ask: Asking,
): Promise<readonly T[]> {
  const walk = new PageWalk('the labels or blockers of an issue');
  const More = z.object({ issue: z.object({ more: z.object({ nodes, pageInfo: NestedPage }) }) });
  const all: T[] = [];
  let after = walk.after({ pageInfo });
  while (after !== null) {
    const answer = parsed(More, await ask.read(document, { id, after })).issue.more;
    all.push(...answer.nodes);
    after = walk.after(answer);
  }
  return all;
}

/** Filters of a page's size each; what cannot be an id of Linear's has no issue. */
function batchesOf(ids: readonly IssueId[]): readonly JsonObject[] {
  const unique = [...new Set(ids)];
  const uuids = unique.filter(isUuid);
  const identifiers = unique.flatMap((id) => identifierOf(id) ?? []);
  const batches: JsonObject[] = [];
  for (let from = 0; from < uuids.length; from += PAGE)
    batches.push(idFilter(uuids.slice(from, from + PAGE)));
  for (let from = 0; from < identifiers.length; from += PAGE)
    batches.push(identifierFilter(identifiers.slice(from, from + PAGE)));
  return batches;
}

/** A batch is never larger than a page, so a second page means that the answer is not what was asked. */
function whole({ nodes, pageInfo }: ConnectionPage): readonly unknown[] {
  if (!pageInfo.hasNextPage) return nodes;
  throw new SymphonyError(
    'tracker_pagination',
    'Linear gives more issues than ids were asked for; nothing was taken from it',
  );
}

function issuesOf(readings: readonly RecordReading[]): readonly Issue[] {
  return readings.flatMap((reading) => (reading.kind === 'issue' ? [reading.issue] : []));
}

/** @throws SymphonyError `tracker_response`: of an issue that was asked for, absence would mean something (SPEC 11.1) */
function required(readings: readonly RecordReading[]): readonly Issue[] {
  for (const reading of readings) {
    if (reading.kind === 'issue') continue;
    const { id, reason } = reading;
    throw new SymphonyError(
      'tracker_response',
      `issue ${id ?? 'without an id'} of Linear's cannot be read: ${reason}`,
    );
  }
  return issuesOf(readings);
}

/** Rows move while pages are walked: an issue that was seen twice is taken as it was seen last. */
function unique(issues: readonly Issue[]): readonly Issue[] {
  return [...new Map(issues.map((issue) => [issue.id, issue])).values()];
}
