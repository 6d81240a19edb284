import { createHmac, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { TestContext } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.js';
import { type DaemonExit, type DaemonProcess, Place, type Sections, until } from '../board-daemon.js';
import { patientFetch } from '../patient-fetch.js';
import type { LinearBoard } from './board.js';
import { FakeLinear, type FakeLinearOptions } from './fake-linear.js';

const AGENT = resolve('fixtures/agents/works-linear.sh');

/** The built daemon's place with a Linear of its own beside it; both go with their test. */
export interface LinearScene {
  readonly place: Place;
  readonly linear: FakeLinear;
  readonly board: LinearBoard;
}

/** What a test may choose. */
interface LinearSceneSetup extends FakeLinearOptions {
  readonly sections?: Sections;
  /** Keys of `tracker.provider` besides where Linear is. */
  readonly provider?: JsonObject;
  /** Environment of the daemon, which gets the key that Linear knows; left out, that in `LINEAR_API_KEY`. */
  readonly env?: (apiKey: string) => Readonly<Record<string, string>>;
}

/** A workflow on the project of a new fake Linear, with the key in `LINEAR_API_KEY` and agents that wait for orders. */
export async function aLinearScene(
  context: Pick<TestContext, 'onTestFinished'>,
  { sections = {}, provider = {}, env = onlyTheKey, ...options }: LinearSceneSetup = {},
): Promise<LinearScene> {
  const linear = await FakeLinear.start(options);
  context.onTestFinished(() => linear.close());
  const { board, url, apiKey } = linear;
  const workflow = {
    ...sections,
    tracker: {
      kind: 'linear',
      provider: { endpoint: url, api_key: '$LINEAR_API_KEY', project_slug: board.projectSlug, ...provider },
      terminal_states: ['Done', 'Canceled', 'Duplicate'],
      ...sections['tracker'],
    },
    codex: { command: linearAgent(), ...sections['codex'] },
  };
  const place = new Place(context, workflow, env(apiKey));
  return { place, linear, board };
}

function onlyTheKey(apiKey: string): Readonly<Record<string, string>> {
  return { LINEAR_API_KEY: apiKey };
}

/** How an agent for Linear behaves; see fixtures/agents/works-linear.sh. */
interface LinearAgentSetup {
  /** What it does when it finds no order. */
  readonly order?: 'done' | 'complete';
  /** Seconds between two looks for an order; many that only wait need not look at all. */
  readonly look?: number;
  /** A command before it. */
  readonly before?: string;
}

/** A command that runs the agent that follows orders and moves its issue with `linear_graphql`. */
export function linearAgent({ order, look, before = '' }: LinearAgentSetup = {}): string {
  const variables = `${order === undefined ? '' : `ORDER=${order} `}${look === undefined ? '' : `LOOK=${look} `}`;
  return `${before}${variables}exec bash '${AGENT}'`;
}

/** The issues in the order in which their agents started. */
export function startsOf(place: Place): string[] {
  return place.journal().flatMap((line) => /^start (\S+) /.exec(line)?.[1] ?? []);
}

/** The most agents that were alive at the same time, by what they say themselves. */
export function mostAliveAtOnce(place: Place): number {
  let [alive, most] = [0, 0];
  for (const line of place.journal()) {
    if (line.startsWith('start ')) alive += 1;
    if (line.startsWith('end ')) alive -= 1;
    most = Math.max(most, alive);
  }
  return most;
}

/** How a daemon ended by itself; one that does not is shown with what it was at. */
export async function ended(daemon: DaemonProcess, place: Place): Promise<DaemonExit> {
  let exit: DaemonExit | null = null;
  void daemon.exited.then((seen) => {
    exit = seen;
  });
  return await until(
    'the end of the daemon',
    () => exit,
    () => place.explain(),
  );
}

/** Asks the daemon for a poll now. */
export async function refresh(daemon: DaemonProcess): Promise<void> {
  const response = await patientFetch(`${daemon.url}/api/v1/refresh`, { method: 'POST' });
  if (!response.ok) throw new Error(`refresh: ${response.status} ${await response.text()}`);
}

/** Waits until a poll that began after now has succeeded and is dealt with, for which the next one has to begin. */
export async function afterAPoll({ place, linear }: LinearScene): Promise<void> {
  linear.forgetRequests();
  const polls = (): number =>
    linear.requests.filter(({ operationName, status }) => status === 200 && POLLS.has(operationName ?? ''))
      .length;
  await until(
    'two polls',
    () => polls() >= 2,
    () => place.explain(),
  );
}

const POLLS: ReadonlySet<string> = new Set(['SymphonyPoll', 'SymphonyIssuesByStates']);

/** Delivers news of an issue as Linear does; `secret` signs it. */
export function deliverWebhook(
  daemon: DaemonProcess,
  { secret, issueId, action = 'update' }: { secret: string; issueId: string; action?: 'create' | 'update' },
): Promise<Response> {
  const body = JSON.stringify({
    action,
    type: 'Issue',
    data: { id: issueId },
    webhookId: randomUUID(),
    webhookTimestamp: Date.now(),
  });
  return patientFetch(`${daemon.url}/api/v1/webhooks/linear`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'linear-delivery': randomUUID(),
      'linear-event': 'Issue',
      'linear-signature': createHmac('sha256', secret).update(body).digest('hex'),
    },
    body,
  });
}
