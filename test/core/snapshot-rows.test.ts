import { describe, expect, test } from 'vitest';
import { snapshot } from '../../src/core/snapshot.js';
import type { State } from '../../src/core/state.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';
import fc from '../helpers/properties.js';

// Goal: observers look again only at rows that changed, and no row is older than its claim.

const FAILED = { kind: 'agentFailed', reason: 'turn_failed', detail: 'no' } as const;
const ASKED = {
  kind: 'inputRequired',
  question: { kind: 'userInput', text: 'Which one?', choices: [] },
} as const;

function rowsOf({ running, retrying, blocked, parked }: Snapshot) {
  return [...running, ...retrying, ...blocked, ...parked];
}

/** The same state, of which nothing has been told yet. */
function unseen(state: State): State {
  return { ...state, claims: state.claims.map((claim) => ({ ...claim })) };
}

/** One issue of each kind of row, besides one that talks. */
function busy() {
  const core = new CoreDriver();
  const issues = ['MT-1', 'MT-2', 'MT-3', 'MT-4', 'MT-5'].map((identifier) => someFacts({ identifier }));
  core.begin(...issues);
  const [talking, quiet, failing, asking, limited] = issues.map(({ id }) => id);
  if (talking === undefined || quiet === undefined || failing === undefined) throw new Error('no issues');
  if (asking === undefined || limited === undefined) throw new Error('no issues');
  core.exit(failing, FAILED);
  core.exit(asking, ASKED);
  core.send({
    type: 'runExited',
    issueId: limited,
    runId: core.runId(limited),
    outcome: { kind: 'usageLimited', untilWallMs: core.wallMs + 3_600_000, detail: 'weekly' },
  });
  return { core, talking, failing };
}

/** Lets something happen to an issue, where it can happen. */
function take(core: CoreDriver, issueId: string, step: string): void {
  if (step === 'pass') core.pass(700);
  if (step === 'jump') core.jumpWall(5_000);
  if (core.state.claims.get(issueId)?.kind !== 'running') return;
  if (step === 'talk') core.beginTurn(issueId, `thread-${core.atMs}`);
  if (step === 'fail') core.exit(issueId, FAILED);
  if (step === 'ask') core.exit(issueId, ASKED);
}

describe('rows', () => {
  test('are the same objects while time passes, but for those whose claim changed', () => {
    const { core, talking } = busy();
    const before = snapshot(core.state, core);

    core.pass(1_000);
    core.beginTurn(talking, 'thread-1');
    const after = snapshot(core.state, core);

    expect(rowsOf(after)).toHaveLength(5);
    const changed = rowsOf(after).filter((row) => !rowsOf(before).includes(row));
    expect(changed).toMatchObject([{ issueId: talking, threadId: 'thread-1' }]);
    expect(after.totals.secondsRunning).toBe(before.totals.secondsRunning + 2);
  });

  test('of a retry tell the reason to wait and the due time as they are now', () => {
    const { core } = busy();
    const before = snapshot(core.state, core).retrying[0];
    core.send({
      type: 'workflowBroke',
      failure: { code: 'workflow_parse_error', message: 'line 3', retryAfterMs: null },
    });
    core.pass(10_000);
    const held = snapshot(core.state, core).retrying[0];
    core.jumpWall(3_600_000);
    const moved = snapshot(core.state, core).retrying[0];

    expect(before?.error).toBe('turn_failed: no');
    expect(held?.error).toBe('dispatch stopped: line 3');
    expect(moved?.dueAtMs).toBe((held?.dueAtMs ?? 0) + 3_600_000);
  });

  test('are what a first look would tell, and in the same order, whatever was told before', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 30 });
    const issues = Array.from({ length: 12 }, (_, index) => someFacts({ identifier: `MT-${index + 1}` }));
    core.begin(...issues);
    let before = snapshot(core.state, core);
    const steps = fc.array(fc.tuple(fc.nat(11), fc.constantFrom('talk', 'fail', 'ask', 'pass', 'jump')), {
      maxLength: 12,
    });

    fc.assert(
      fc.property(steps, (taken) => {
        for (const [index, step] of taken) take(core, issues[index]?.id ?? '', step);
        const after = snapshot(core.state, core, { before });
        expect(after).toEqual(snapshot(unseen(core.state), core));
        before = after;
      }),
    );
  });
});
