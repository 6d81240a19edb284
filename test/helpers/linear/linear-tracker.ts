import { onTestFinished } from 'vitest';
import { SymphonyError } from '../../../src/domain/error.js';
import type { Issue } from '../../../src/domain/issue.js';
import type { JsonObject } from '../../../src/domain/json.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { PollAnswer, Tracker } from '../../../src/ports/tracker.js';
import { linearAdapter } from '../../../src/trackers/linear/adapter.js';
import type { LinearBoard } from './board.js';
import { FakeLinear, type FakeLinearOptions } from './fake-linear.js';

const NEVER = new AbortController().signal;

/** What a test may choose. */
export interface LinearSetup extends FakeLinearOptions {
  readonly provider?: JsonObject;
  readonly env?: Readonly<Record<string, string>>;
  readonly activeStates?: readonly string[];
  readonly terminalStates?: readonly string[];
  readonly clock?: Clock;
}

/** What a read failed with; it must fail, and as an expected failure. */
export async function failureOf(reading: Promise<unknown>): Promise<SymphonyError> {
  const outcome = await reading.then(
    () => 'a read that should have failed gave an answer',
    (error: unknown) => error,
  );
  if (outcome instanceof SymphonyError) return outcome;
  throw new Error('not a SymphonyError', { cause: outcome });
}

/** The real adapter against a fake Linear, as the daemon makes it of a workflow file. */
export class LinearUnderTest {
  readonly linear: FakeLinear;
  readonly tracker: Tracker;
  readonly problems: readonly string[];
  readonly notices: readonly string[];

  /** As `start`, closed when the test has finished. */
  static async forTest(setup: LinearSetup = {}): Promise<LinearUnderTest> {
    const started = await LinearUnderTest.start(setup);
    onTestFinished(() => started.close());
    return started;
  }

  static async start(setup: LinearSetup = {}): Promise<LinearUnderTest> {
    const linear = await FakeLinear.start(setup);
    const problems: string[] = [];
    const notices: string[] = [];
    const tracker = await linearAdapter.create({
      tracker: {
        kind: 'linear',
        provider: {
          endpoint: linear.url,
          api_key: linear.apiKey,
          project_slug: linear.board.projectSlug,
          ...setup.provider,
        },
        activeStates: setup.activeStates ?? ['Todo', 'In Progress'],
        terminalStates: setup.terminalStates ?? ['Done', 'Canceled', 'Duplicate'],
        requiredLabels: [],
      },
      workflowDir: '/srv/team',
      env: setup.env ?? {},
      clock: setup.clock ?? systemClock,
      reportProblem: ({ code, message }) => problems.push(`${code}: ${message}`),
      notice: (message) => notices.push(message),
    });
    return new LinearUnderTest(linear, tracker, problems, notices);
  }

  private constructor(
    linear: FakeLinear,
    tracker: Tracker,
    problems: readonly string[],
    notices: readonly string[],
  ) {
    this.linear = linear;
    this.tracker = tracker;
    this.problems = problems;
    this.notices = notices;
  }

  get board(): LinearBoard {
    return this.linear.board;
  }

  /** What Linear has been asked, by the names of the operations. */
  get asked(): readonly (string | null)[] {
    return this.linear.requests.map(({ operationName }) => operationName);
  }

  /** Issues in these states. */
  inStates(states: readonly string[], signal = NEVER): Promise<readonly Issue[]> {
    return this.tracker.issuesByStates(states, signal);
  }

  /** Issues with these ids. */
  byIds(ids: readonly string[], signal = NEVER): Promise<readonly Issue[]> {
    return this.tracker.issuesByIds(ids, signal);
  }

  /** Issues in the states and issues with the ids, by default those of a daemon that runs nothing yet. */
  async poll(ids: readonly string[] = [], states = ['Todo'], signal = NEVER): Promise<PollAnswer> {
    if (this.tracker.poll === undefined) throw new Error('The Linear tracker has a poll');
    return await this.tracker.poll({ states, ids }, signal);
  }

  /** The one issue with this id. */
  async issue(id: string): Promise<Issue> {
    const [issue, ...others] = await this.byIds([id]);
    if (issue === undefined || others.length > 0) throw new Error(`${id} is not exactly one issue`);
    return issue;
  }

  async close(): Promise<void> {
    await this.tracker.close();
    await this.linear.close();
  }
}
