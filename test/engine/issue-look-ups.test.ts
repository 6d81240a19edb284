import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import { issueFacts } from '../../src/domain/issue.js';
import { IssueLookUps } from '../../src/engine/issue-look-ups.js';
import { StateExplainer } from '../../src/engine/state-explainer.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { anIssue } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

// Goal: of any issue that the tracker knows it can be said why nobody works on it, and asking costs the work nothing.

const backlog = anIssue({ id: 'id-9', identifier: 'MT-9', title: 'Later', state: 'Backlog' });

/** Look-ups at a tracker that counts its questions; by default it knows MT-9, in Backlog. */
function someLookUps(options: { answers?: Tracker['issuesByIds']; core?: CoreDriver } = {}) {
  const { answers = async (names) => (names.includes('MT-9') ? [backlog] : []), core = new CoreDriver() } =
    options;
  const clock = new VirtualClock(core.atMs, core.wallMs);
  const asked: string[] = [];
  const tracker: Tracker = {
    kind: 'board',
    issuesByStates: async () => [],
    issuesByIds: (ids, signal) => {
      asked.push(ids.join());
      return answers(ids, signal);
    },
    tools: { specs: [], secretEnvironmentNames: [], execute: async () => ({ success: false, output: null }) },
    close: async () => {},
  };
  const lookUps = new IssueLookUps(clock, () => tracker);
  const explainer = new StateExplainer(clock, () => core.state, lookUps);
  return { clock, asked, lookUps, explainer };
}

function codeOf(error: unknown): unknown {
  return error instanceof SymphonyError ? error.code : error;
}

describe('an issue that no poll listed', () => {
  test('is explained by the rules of dispatch, from what the tracker says of it now', async () => {
    const { explainer, clock } = someLookUps();

    const explanation = await explainer.lookUp('MT-9');

    expect(explainer.explain('MT-9')).toBeNull();
    expect(explanation).toMatchObject({
      identifier: 'MT-9',
      title: 'Later',
      standing: 'ineligible',
      headline: 'state Backlog is not among the active ones: Todo, In Progress',
      readAtMs: clock.wallMs(),
    });
    expect(explanation?.rules.find(({ rule }) => rule === 'active')?.verdict).toBe('holds');
  });

  test('that would be eligible starts after the next poll, which lists it', async () => {
    const fresh = anIssue({ identifier: 'MT-9' });
    const core = new CoreDriver();
    core.begin();
    const { explainer } = someLookUps({ core, answers: async () => [fresh] });

    const explanation = await explainer.lookUp('MT-9');

    expect(explanation).toMatchObject({
      standing: 'waiting',
      headline: 'the last poll did not list it; the next one puts it into the queue',
    });
  });

  test('that the tracker does not know is nobody', async () => {
    expect(await someLookUps().explainer.lookUp('MT-404')).toBeNull();
  });

  test('is found in another spelling of its identifier', async () => {
    const { explainer, asked } = someLookUps({
      answers: async (names) => (names.includes('MT-9') ? [backlog] : []),
    });

    expect(await explainer.lookUp('mt-9')).toMatchObject({ identifier: 'MT-9' });
    expect(await explainer.lookUp('MT-9')).toMatchObject({ identifier: 'MT-9' });
    expect(asked).toEqual(['mt-9,MT-9']);
  });

  test('that is held after all, under another spelling, is explained as held', async () => {
    const core = new CoreDriver();
    core.begin(issueFacts(anIssue({ id: 'id-9', identifier: 'MT-9' })));
    const { explainer } = someLookUps({ core, answers: async () => [backlog] });

    expect(await explainer.lookUp('mt-9')).toMatchObject({ standing: 'running' });
  });
});

describe('the tracker', () => {
  test('is not asked about what is known already', async () => {
    const core = new CoreDriver();
    core.begin(issueFacts(anIssue({ id: 'id-9', identifier: 'MT-9' })));
    const { explainer, asked } = someLookUps({ core });

    expect(await explainer.lookUp('MT-9')).toMatchObject({ standing: 'running' });
    expect(asked).toEqual([]);
  });

  test('is asked once by all who look within thirty seconds', async () => {
    const { explainer, asked, clock } = someLookUps();

    await Promise.all([explainer.lookUp('MT-9'), explainer.lookUp('MT-9')]);
    await clock.advance(29_999);
    await explainer.lookUp('MT-9');
    expect(asked).toEqual(['MT-9,mt-9']);

    await clock.advance(1);
    await explainer.lookUp('MT-9');
    expect(asked).toEqual(['MT-9,mt-9', 'MT-9,mt-9']);
  });

  test('is asked ten times a minute and not more, and whoever comes then is told when to come back', async () => {
    const { explainer, asked, clock } = someLookUps();
    for (let number = 1; number <= 10; number += 1) await explainer.lookUp(`MT-${number}`);
    await clock.advance(20_000);

    await expect(explainer.lookUp('MT-11')).rejects.toMatchObject({
      code: 'tracker_rate_limited',
      retryAfterMs: 40_000,
    });
    expect(asked).toHaveLength(10);

    await clock.advance(40_000);
    expect(await explainer.lookUp('MT-11')).toBeNull();
    expect(asked).toHaveLength(11);
  });

  test('that does not answer is given up after five seconds, which all who come back within three learn', async () => {
    const signals: AbortSignal[] = [];
    const { explainer, asked, clock } = someLookUps({
      answers: (_ids, signal) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });

    const outcome = explainer.lookUp('MT-9').catch(codeOf);
    await clock.advance(5_000);
    expect(await outcome).toBe('tracker_timeout');
    expect(signals[0]?.aborted).toBe(true);

    await clock.advance(2_999);
    expect(await explainer.lookUp('MT-9').catch(codeOf)).toBe('tracker_timeout');
    expect(asked).toHaveLength(1);

    await clock.advance(1);
    void explainer.lookUp('MT-9').catch(codeOf);
    await settled();
    expect(asked).toHaveLength(2);
  });

  test('that wants to be left alone is left alone', async () => {
    const core = new CoreDriver();
    core.begin();
    core.pass(core.state.settings.pollIntervalMs);
    core.failPoll(90_000);
    const { explainer, asked } = someLookUps({ core });

    await expect(explainer.lookUp('MT-9')).rejects.toMatchObject({ code: 'tracker_rate_limited' });
    expect(asked).toEqual([]);
  });
});
