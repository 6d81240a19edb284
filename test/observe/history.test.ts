import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/domain/history.js';
import type { AgentReport } from '../../src/domain/session.js';
import { History, type HistoryLimits } from '../../src/observe/history.js';
import { Secrets } from '../../src/observe/redact.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

/** A core whose steps a history takes. */
function aDaemon({
  limits = {},
  secrets = new Secrets(),
}: {
  limits?: Partial<HistoryLimits>;
  secrets?: Secrets;
} = {}) {
  const core = new CoreDriver();
  const failures: unknown[] = [];
  const history = new History({
    secrets,
    now: () => core.wallMs,
    onListenerFailed: (error) => failures.push(error),
    limits,
  });
  core.observe = history.observe;
  const says = (identifier: string, report: Partial<AgentReport>): void => {
    const issue = { id: `id of ${identifier}`, identifier };
    const run = { issue, runId: core.runId(issue.id) };
    history.agentReported(run, { event: 'notification', message: 'working', ...report });
  };
  const told = (identifier?: string): string[] =>
    history
      .events({ limit: 5_000, ...(identifier === undefined ? {} : { identifier }) })
      .events.map(({ message }) => message);
  return { core, history, says, told, failures };
}

const MT1 = someFacts({ identifier: 'MT-1', state: 'In Progress' });
const OVERLOADED = { kind: 'agentFailed', reason: 'agent_overloaded', detail: 'try later' } as const;

describe('the events of an issue', () => {
  test('tell its life in sentences, with names that do not change and the fields of the log', () => {
    const { core, history } = aDaemon();

    core.begin(MT1);
    core.prepare(MT1.id);
    core.exit(MT1.id, OVERLOADED);

    const { events } = history.events({ identifier: 'MT-1', limit: 100 });
    expect(events.map(({ kind, level, message }) => [kind, level, message])).toEqual([
      ['run_started', 'info', 'first run started in In Progress'],
      ['run_phase', 'debug', 'building its prompt'],
      ['run_failed', 'warn', 'run ended: agentFailed agent_overloaded: try later'],
      ['retry_scheduled', 'info', 'retry 1 in 10 s: agent_overloaded: try later'],
    ]);
    expect(events[3]).toMatchObject({
      issueId: MT1.id,
      identifier: 'MT-1',
      atMs: core.wallMs,
      fields: { issue_id: MT1.id, issue_identifier: 'MT-1', attempt: 1, delay_ms: 10_000 },
    });
  });

  test('tell questions, orders, hooks and the agent', () => {
    const { core, history, says, told } = aDaemon();
    core.begin(MT1);

    says('MT-1', { message: 'reads the code' });
    says('MT-1', { event: 'session_started', message: null });
    const hook = { hook: 'before_run', issue: MT1, workspacePath: '/w', output: 'no\nway' } as const;
    history.hookReported({ ...hook, event: 'failed', durationMs: 1_230, status: 3 });
    const question = { kind: 'commandApproval', text: 'wants to run `rm -rf`', choices: [] } as const;
    core.exit(MT1.id, { kind: 'inputRequired', question });
    core.send({ type: 'issueOrdered', issueId: MT1.id, order: 'stop' });

    expect(told('MT-1')).toEqual([
      'first run started in In Progress',
      'reads the code',
      'the agent reports: session started',
      'hook before_run failed after 1.2 s with exit status 3: no way',
      'run ended: inputRequired: wants to run `rm -rf`',
      'blocked, waiting for a person: wants to run `rm -rf`',
      'a person ordered it to stop',
      'set aside: stopped by an operator',
    ]);
    const { events } = history.events({ identifier: 'MT-1', limit: 100 });
    expect(events.map(({ kind }) => kind).slice(1, 4)).toEqual([
      'agent_notification',
      'agent_session_started',
      'hook_failed',
    ]);
  });

  test('say nothing of a claim that only learnt news of its issue', () => {
    const { core, told } = aDaemon();
    core.begin(MT1);
    core.exit(MT1.id, OVERLOADED);
    const before = told('MT-1');

    core.send({ type: 'refreshRequested' });
    core.answerPoll([], [{ ...MT1, title: 'Another title' }]);

    expect(told('MT-1')).toEqual(before);
  });

  test('survive the end of its run and of its claim', () => {
    const { core, history, told } = aDaemon();
    core.begin(MT1);

    core.exit(MT1.id, { kind: 'issueInactive', issue: { ...MT1, state: 'Human Review' } });

    expect(core.state.claims.size).toBe(0);
    expect(told('MT-1')).toEqual([
      'first run started in In Progress',
      'run ended: issueInactive: the issue is in Human Review now',
      'released, it is in Human Review',
    ]);
    expect(history.issue('MT-1')).toMatchObject({ state: 'Human Review', title: MT1.title });
  });

  test('are of one line, short and without secrets or control bytes, and so are their fields', () => {
    const { core, history, says } = aDaemon({ secrets: new Secrets(['hunter2-secret']) });
    core.begin(MT1);

    says('MT-1', {
      message: `${'x'.repeat(295)}hunter2-secret\u001b[2J\nnext`,
      fields: { big: 'y'.repeat(9_000) },
    });
    says('MT-1', {
      message: 'a\u202eb\n\u001b]0;title of it\u0007\u001b[31mc hunter2-\u001b[1msecret',
      fields: { nested: { deep: ['hunter2-secret'] } },
    });

    const [long, short] = history.events({ identifier: 'MT-1', limit: 2 }).events;
    expect(long?.message).toHaveLength(300);
    expect(long?.message).toMatch(/^x{199}…x{85}\[redacted\] next$/u);
    expect(String(long?.fields['big'])).toHaveLength(500);
    expect(short?.message).toBe('a b c [redacted]');
    expect(short?.fields['nested']).toEqual({ deep: ['[redacted]'] });
  });
});

describe('a page of events', () => {
  /** A history with twelve events of MT-1, of which it keeps ten. */
  function somePages() {
    const daemon = aDaemon({ limits: { eventsPerIssue: 10 } });
    const ids: string[] = [];
    daemon.history.subscribe(({ id }) => ids.push(id));
    daemon.core.begin(MT1);
    for (let count = 0; ids.length < 13; count += 1) daemon.says('MT-1', { message: `note ${count}` });
    const page = (after: string | undefined, limit = 100) =>
      daemon.history.events({ identifier: 'MT-1', limit, ...(after === undefined ? {} : { after }) });
    return { ...daemon, ids, page };
  }

  test('begins with the latest, and goes on after an id without a gap', () => {
    const { ids, page } = somePages();

    expect(page(undefined, 3).events.map(({ id }) => id)).toEqual(ids.slice(-3));
    expect(page(undefined, 3)).toMatchObject({ hasGap: false, hasMore: true });
    expect(page(ids[9], 2)).toMatchObject({ hasGap: false, hasMore: true });
    expect(page(ids[9], 2).events.map(({ id }) => id)).toEqual(ids.slice(10, 12));
    expect(page(ids[11])).toMatchObject({ events: [{ id: ids[12] }], hasGap: false, hasMore: false });
    expect(page(ids[12])).toEqual({ events: [], hasGap: false, hasMore: false });
  });

  test('says that there is a gap when what came next is no longer known', () => {
    const { ids, page } = somePages();
    const oldest = page(undefined).events;
    expect(oldest).toHaveLength(10);

    expect(page(ids[0])).toEqual({ events: oldest, hasGap: true, hasMore: false });
  });

  test.each([
    ['another life', (id: string) => `00${id.slice(2)}`.replace(/^.{12}/u, '000000000000')],
    ['the future', (id: string) => id.replace(/\d+$/u, '99999')],
    ['nowhere', () => 'garbage'],
    ['nothing', () => ''],
    ['a number only', () => '3'],
  ])('has a gap and the oldest events after an id of %s', (_where, bend) => {
    const { ids, page } = somePages();

    const after = bend(ids[12] ?? '');

    expect(page(after)).toEqual({ events: page(undefined).events, hasGap: true, hasMore: false });
  });

  test('of an issue that nobody knows is empty', () => {
    const { history, ids } = somePages();

    expect(history.events({ identifier: 'MT-9', limit: 10 })).toEqual({
      events: [],
      hasGap: false,
      hasMore: false,
    });
    expect(history.events({ identifier: 'MT-9', after: ids[0] ?? '', limit: 10 }).hasGap).toBe(false);
    expect(history.issue('MT-9')).toBeNull();
  });

  test('of the whole daemon leaves out everyday talk, which would hide all else', () => {
    const { core, says, told } = aDaemon();
    core.begin(MT1);

    for (let second = 0; second < 500; second += 1) {
      core.pass(1_000);
      for (let count = 0; count < 20; count += 1) says('MT-1', { message: 'chatter' });
    }

    expect(told()).toContain('first run started in In Progress');
    expect(told()).not.toContain('chatter');
  });
});

describe('talkative agents', () => {
  test('never crowd out what the daemon did with their issue', () => {
    const { core, says, told } = aDaemon();
    core.begin(MT1);

    for (let second = 0; second < 100; second += 1) {
      core.pass(1_000);
      for (let count = 0; count < 20; count += 1) says('MT-1', { event: 'malformed', message: 'noise' });
    }

    expect(told('MT-1')).toHaveLength(500);
    expect(told('MT-1')[0]).toBe('first run started in In Progress');
    expect(told()[0]).toBe('Symphony started with the tracker memory');
  });

  test('are recorded twenty times a second, and the rest is counted', () => {
    const { core, history, says, told } = aDaemon();
    core.begin(MT1);
    core.pass(1_000 - (core.wallMs % 1_000));
    let events: HistoryEvent[] = [];
    history.subscribe((event) => events.push(event));

    for (let count = 0; count < 1_000; count += 1) says('MT-1', { message: `note ${count}` });
    says('MT-1', { event: 'turn_completed', message: 'turn completed' });
    expect(events).toHaveLength(21);

    core.pass(1_000);
    events = [];
    says('MT-1', { message: 'calm again' });
    expect(events.map(({ message }) => message)).toEqual(['… 980 more notifications', 'calm again']);
    expect(events[0]).toMatchObject({ kind: 'agent_reports_skipped', level: 'debug', identifier: 'MT-1' });

    for (let count = 0; count < 100; count += 1) says('MT-1', { event: 'malformed' });
    core.exit(MT1.id, OVERLOADED);
    const last = told('MT-1').slice(-3);
    expect(last[0]).toBe('… 80 more agent reports');
    expect(last[1]).toMatch(/^run ended/u);
  });

  test('cost next to nothing for what is not recorded', () => {
    let redactions = 0;
    const secrets = new (class extends Secrets {
      override readonly redact = (text: string): string => {
        redactions += 1;
        return text;
      };
    })();
    const { core, history, says } = aDaemon({ secrets });
    core.begin(MT1);
    let told = 0;
    history.subscribe(() => {
      told += 1;
    });
    redactions = 0;

    for (let count = 0; count < 20_000; count += 1) says('MT-1', { fields: { count } });

    expect(told).toBe(20);
    expect(redactions).toBeLessThan(200);
  });

  test('are not listened to once their run is over', () => {
    const { core, history, told } = aDaemon();
    core.begin(MT1);
    const runId = core.runId(MT1.id);
    core.exit(MT1.id, OVERLOADED);
    const before = told('MT-1');

    history.agentReported({ issue: MT1, runId }, { event: 'notification', message: 'still here' });

    expect(told('MT-1')).toEqual(before);
  });
});

describe('whoever follows', () => {
  test('is told of each event as it happens, until it ends that', () => {
    const { core, history, told } = aDaemon();
    const heard: string[] = [];
    const end = history.subscribe(({ message }) => heard.push(message));

    core.begin(MT1);
    expect(heard).toEqual(told());
    end();
    core.exit(MT1.id, OVERLOADED);

    expect(heard).toHaveLength(2);
  });

  test('and throws keeps nobody else from hearing, which is told once', () => {
    const { core, history, told, failures } = aDaemon();
    const heard: string[] = [];
    const broken = new Error('broken page');
    history.subscribe(() => {
      throw broken;
    });
    history.subscribe(({ message }) => heard.push(message));

    core.begin(MT1);

    expect(heard).toEqual(told());
    expect(failures).toEqual([broken]);
  });
});
