import { describe, expect, type TestContext, test } from 'vitest';
import type { z } from 'zod';
import { IssueResponse } from '../../../src/api/schema.js';
import { EventsResponse, TranscriptResponse } from '../../../src/api/schema-history.js';
import { ExplainResponse, IssuesResponse } from '../../../src/api/schema-issues.js';
import { agentCommand, DAEMON_TEST, type DaemonProcess, Place, until } from '../../helpers/board-daemon.js';
import { ask, Operator, StreamReader } from '../../helpers/daemon-calls.js';

// Goal: what has happened, and why things are as they are, can be asked of a daemon at any time of its life, from
// outside, also about what is over.

async function got<T>(daemon: DaemonProcess, path: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse((await ask(daemon, `GET /api/v1/${path}`)).body);
}

/** The kinds of events that tell how attempts went. */
const STORY = /^(run_(started|failed|completed)|retry_scheduled|agent_session_started)$/;

/** A daemon in which A-1 has failed twice, been retried on a new thread each time, and finished. */
async function aFinishedIssue(context: TestContext) {
  // A poll that sees the issue Done would stop what is left of its agent's turn; the board tells of new issues itself.
  const place = new Place(context, { codex: { resume: false }, polling: { interval_ms: 60_000 } });
  const daemon = await place.daemon();
  place.order('A-1', 'crash');
  place.issue('A-1');
  await place.told('crash A-1');
  place.order('A-1', 'fail');
  await place.told('fail A-1');
  place.order('A-1', 'done');
  await place.told('done A-1');
  const ended = async (): Promise<boolean> =>
    (await got(daemon, 'issues', IssuesResponse)).ended.length > 0 && !place.has('workspaces/A-1');
  await until('its end', ended, () => place.explain());
  return { place, daemon };
}

describe.concurrent('an issue that failed, was retried and finished', DAEMON_TEST, () => {
  test('is remembered with each attempt, its outcome, its time and its tokens', async (context) => {
    const { place, daemon } = await aFinishedIssue(context);

    const issue = await got(daemon, 'A-1', IssueResponse);

    expect(issue).toMatchObject({ status: 'ended', title: 'Title of A-1', running: null, retry: null });
    expect(issue.history.map(({ attempt, outcome }) => ({ attempt, outcome }))).toEqual([
      { attempt: null, outcome: 'agentFailed' },
      { attempt: 1, outcome: 'agentFailed' },
      { attempt: 2, outcome: 'issueInactive' },
    ]);
    expect(issue.history.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('panicked on purpose'),
      expect.stringContaining('the model broke off'),
      expect.anything(),
    ]);
    for (const { started_at, ended_at, phases, tokens, session_id, workspace_path } of issue.history) {
      expect(Date.parse(ended_at ?? '')).toBeGreaterThanOrEqual(Date.parse(started_at));
      const names = phases.map(({ phase }) => phase);
      expect(names).toEqual(
        expect.arrayContaining(['preparingWorkspace', 'launchingAgent', 'streamingTurn', 'finishing']),
      );
      expect(tokens).toEqual({ input_tokens: 10, output_tokens: 2, total_tokens: 12 });
      expect(session_id).toMatch(/^thread-\d+-turn-1$/);
      expect(workspace_path).toBe(`${place.path}/workspaces/A-1`);
    }
    expect(issue.tokens_over_time.at(-1)?.total_tokens).toBe(36);
    expect((await daemon.state()).codex_totals.total_tokens).toBe(36);
  });

  test('is listed among the ended, and is no longer on the board', async (context) => {
    const { daemon } = await aFinishedIssue(context);

    const { issues, ended } = await got(daemon, 'issues', IssuesResponse);

    expect(issues).toEqual([]);
    expect(ended).toMatchObject([{ issue_identifier: 'A-1', attempts: 3, last_outcome: 'issueInactive' }]);
    expect(await ask(daemon, 'GET /api/v1/A-1/explain')).toMatchObject({
      status: 200,
      body: { standing: 'ineligible', headline: 'state Done is terminal' },
    });
  });

  test('keeps its events in order, in pages, and those of others apart', async (context) => {
    const { place, daemon } = await aFinishedIssue(context);
    place.issue('A-2');
    await daemon.running('A-2');

    const { events, has_gap } = await got(daemon, 'A-1/events?limit=1000', EventsResponse);

    const kinds = events.map(({ kind }) => kind).filter((kind) => STORY.test(kind));
    const failed = ['run_started', 'agent_session_started', 'run_failed', 'retry_scheduled'];
    expect(kinds).toEqual([...failed, ...failed, 'run_started', 'agent_session_started', 'run_completed']);
    expect(has_gap).toBe(false);
    expect(new Set(events.map(({ issue_identifier }) => issue_identifier))).toEqual(new Set(['A-1']));
    const paged: string[] = [];
    for (let after = events[0]?.id, more = true; more; ) {
      const page = await got(daemon, `A-1/events?limit=3&after=${after}`, EventsResponse);
      expect(page.events.length).toBeLessThanOrEqual(3);
      paged.push(...page.events.map(({ id }) => id));
      after = page.events.at(-1)?.id;
      more = page.has_more;
    }
    expect(paged).toEqual(events.slice(1).map(({ id }) => id));
  });

  test('keeps the transcript of each session, to be read in pages', async (context) => {
    const { daemon } = await aFinishedIssue(context);

    const { sessions } = await got(daemon, 'A-1/transcript', TranscriptResponse);

    expect(sessions).toHaveLength(3);
    for (const [index, { label }] of sessions.entries()) {
      const lines: TranscriptResponse['lines'] = [];
      for (let after: string | null = ''; after !== null; ) {
        const from: string = after === '' ? '' : `&after=${after}`;
        const page = await got(daemon, `A-1/transcript?session=${label}&limit=4${from}`, TranscriptResponse);
        expect(page.session).toBe(label);
        lines.push(...page.lines);
        after = page.next;
      }
      expect(lines[0]).toMatchObject({ direction: 'sent', message: { method: 'initialize' } });
      const said = JSON.stringify(lines);
      expect(said).toContain('Work on A-1.');
      expect(said.includes('the model broke off')).toBe(index === 1);
      expect(said.includes('item/tool/call')).toBe(index === 2);
    }
    expect(await ask(daemon, 'GET /api/v1/A-1/transcript?session=none')).toMatchObject({ status: 404 });
  });

  test('is forgotten by the next daemon, but for its transcripts', async (context) => {
    const { place, daemon } = await aFinishedIssue(context);
    const before = await got(daemon, 'A-1/transcript', TranscriptResponse);
    await daemon.kill('SIGTERM');

    const next = await place.daemon();

    expect(await got(next, 'issues', IssuesResponse)).toMatchObject({ issues: [], ended: [] });
    expect((await ask(next, 'GET /api/v1/A-1')).status).toBe(404);
    const recalled = async (): Promise<boolean> =>
      (await got(next, 'A-1/transcript', TranscriptResponse)).sessions.length === before.sessions.length;
    await until('its transcripts', recalled, () => place.explain());
    expect(await got(next, 'A-1/transcript', TranscriptResponse)).toEqual(before);
  });
});

describe.concurrent('a stream of events', DAEMON_TEST, () => {
  test('goes on after the last event once its connection was broken off, with none lost and none twice', async (context) => {
    const place = new Place(context, { polling: { interval_ms: 60_000 } });
    const daemon = await place.daemon();
    const first = await StreamReader.of(daemon, '/api/v1/events');
    place.issue('A-1');
    const { id } = await first.tells('run_started', 'A-1');
    first.breakOff();
    place.order('A-1', 'crash');
    await place.told(/^start A-1 \d+ attempt=1$/);

    const second = await StreamReader.of(daemon, '/api/v1/events', {
      headers: { 'last-event-id': id ?? '' },
    });
    await second.tells('retry_scheduled', 'A-1');
    place.order('A-1', 'done');
    await second.tells('run_completed', 'A-1');

    // Before the others are asked for: more may happen, and be told, until they are here.
    const told = second.ids();
    const { events } = await got(daemon, `events?limit=1000&after=${id}`, EventsResponse);
    expect(told).toEqual(events.map((event) => event.id).slice(0, told.length));
    expect(second.frames.filter(({ event }) => event === 'gap')).toEqual([]);
  });

  test('of a daemon that was started again begins with a gap, and tells what happens then', async (context) => {
    const place = new Place(context, { polling: { interval_ms: 60_000 } });
    const before = await place.daemon();
    place.issue('A-1');
    const stream = await StreamReader.of(before, '/api/v1/events?limit=1000');
    const { id } = await stream.tells('run_started', 'A-1');
    await before.kill('SIGKILL');
    await stream.closed;

    const daemon = await place.daemon();
    const all = await StreamReader.of(daemon, `/api/v1/events?after=${id}`);
    await all.tells('run_started', 'A-1');
    const own = await StreamReader.of(daemon, '/api/v1/A-1/events', {
      headers: { 'last-event-id': id ?? '' },
    });
    await own.tells('run_started', 'A-1');

    for (const { frames } of [all, own]) {
      const [first, ...others] = frames.filter(({ event }) => event !== 'changed');
      expect(first).toMatchObject({ event: 'gap', id: null });
      expect(others.filter((frame) => frame.event === 'gap' || frame.id === id)).toEqual([]);
    }
    const page = await got(daemon, `events?after=${id}`, EventsResponse);
    expect(page.has_gap).toBe(true);
  });
});

describe.concurrent('an explanation', DAEMON_TEST, () => {
  test('names the rule that holds an issue, with its fact, and changes with it', async (context) => {
    const place = new Place(context, {
      tracker: { required_labels: ['agent-ok'] },
      agent: { max_concurrent_agents: 1 },
      codex: { approval_policy: 'on-request', command: agentCommand() },
    });
    const labels = ['agent-ok'];
    place.issue('A-1', { labels, priority: 1 });
    place.issue('A-2', { labels });
    place.issue('A-3');
    place.issue('A-4', { labels, blocked_by: ['A-1'] });
    const daemon = await place.daemon();
    await daemon.running('A-1');
    const holding = async (identifier: string) => {
      const { standing, headline, rules } = await got(daemon, `${identifier}/explain`, ExplainResponse);
      const held = rules
        .filter(({ verdict }) => verdict === 'holds')
        .map(({ rule, fact }) => ({ rule, fact }));
      expect(rules.length).toBeGreaterThanOrEqual(7);
      return { standing, headline, held };
    };

    expect(await holding('A-1')).toMatchObject({ standing: 'running' });
    expect(await holding('A-2')).toMatchObject({
      standing: 'waiting',
      headline: '1/1 slots used by A-1',
      held: [{ rule: 'slot_free', fact: '1/1 slots used by A-1' }, { rule: 'turn' }],
    });
    expect(await holding('A-3')).toMatchObject({
      standing: 'ineligible',
      headline: expect.stringContaining('agent-ok'),
      held: expect.arrayContaining([expect.objectContaining({ rule: 'required_labels' })]),
    });
    expect(await holding('A-4')).toMatchObject({
      standing: 'ineligible',
      headline: expect.stringContaining('A-1'),
      held: expect.arrayContaining([expect.objectContaining({ rule: 'dispatchable' })]),
    });
    const board = await got(daemon, 'issues', IssuesResponse);
    for (const { issue_identifier, reason, standing } of board.issues) {
      expect(await holding(issue_identifier)).toMatchObject({ headline: reason, standing });
    }

    await new Operator(place, daemon).order('stop', 'A-1');
    await daemon.running('A-2');
    expect(await holding('A-1')).toMatchObject({
      standing: 'parked',
      headline: expect.stringMatching(/set aside/),
    });
    place.issue('A-3', { labels, priority: 1 });
    const moves = async (): Promise<boolean> => (await holding('A-3')).standing === 'waiting';
    await until('its label seen', moves, () => place.explain());
    expect(await ask(daemon, 'GET /api/v1/A-9/explain')).toMatchObject({ status: 404 });
  });
});
