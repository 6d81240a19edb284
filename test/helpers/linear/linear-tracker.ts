import type { JsonObject } from '../../../src/domain/json.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { Tracker } from '../../../src/ports/tracker.js';
import { linearAdapter } from '../../../src/trackers/linear/adapter.js';
import { FakeLinear, type FakeLinearOptions } from './fake-linear.js';

/** What a test may choose. */
export interface LinearSetup extends FakeLinearOptions {
  readonly provider?: JsonObject;
  readonly env?: Readonly<Record<string, string>>;
  readonly activeStates?: readonly string[];
  readonly terminalStates?: readonly string[];
  readonly clock?: Clock;
}

/** The real adapter against a fake Linear, as the daemon makes it of a workflow file. */
export class LinearUnderTest {
  readonly linear: FakeLinear;
  readonly tracker: Tracker;
  readonly problems: readonly string[];
  readonly notices: readonly string[];

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

  async close(): Promise<void> {
    await this.tracker.close();
    await this.linear.close();
  }
}
