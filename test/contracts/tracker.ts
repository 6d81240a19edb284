import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Issue, type IssueId } from '../../src/domain/issue.js';
import type { JsonValue } from '../../src/domain/json.js';
import type { Tracker } from '../../src/ports/tracker.js';

/** An issue as somebody puts it on the board; left out means that the board does not say. */
export interface BoardIssue {
  readonly identifier: string;
  readonly title?: string;
  readonly state?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly labels?: readonly string[];
  /** Identifiers. */
  readonly blockedBy?: readonly string[];
}

/** A tracker with the hand of a person on its board. */
export interface TrackerUnderTest {
  readonly tracker: Tracker;
  /** Adds or replaces an issue and tells its id. */
  put(issue: BoardIssue): Promise<IssueId>;
  /** Leaves something of an issue that cannot be told any more. */
  breakIssue(id: IssueId): Promise<void>;
  remove(id: IssueId): Promise<void>;
  /** How often the provider was asked. */
  requests(): number;
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** What every tracker must do (SPEC 11.1, 11.3, 17.3). `Todo` is an active state and `Done` a terminal one. */
export function trackerContract(name: string, setup: () => Promise<TrackerUnderTest>): void {
  describe(`${name} keeps the tracker contract`, () => {
    const { signal } = new AbortController();
    const anId = 'no such issue';
    let board: TrackerUnderTest;
    let tracker: Tracker;

    beforeEach(async () => {
      board = await setup();
      tracker = board.tracker;
    });
    afterEach(() => board.close());

    async function one(id: IssueId): Promise<Issue> {
      const [issue, ...others] = await tracker.issuesByIds([id], signal);
      if (issue === undefined || others.length > 0) throw new Error(`${id} is not exactly one issue`);
      return issue;
    }

    test('finds the issues in the states asked for, whatever their case and spaces', async () => {
      await board.put({ identifier: 'A-1', state: 'Todo' });
      await board.put({ identifier: 'A-2', state: 'In Progress' });
      await board.put({ identifier: 'A-3', state: 'Done' });

      const issues = await tracker.issuesByStates([' todo', 'IN PROGRESS'], signal);

      expect(identifiers(issues)).toEqual(['A-1', 'A-2']);
    });

    test('keeps the spelling of states', async () => {
      const id = await board.put({ identifier: 'A-1', state: 'In Progress' });

      expect(await one(id)).toMatchObject({ state: 'In Progress' });
    });

    test('finds issues by id in any state, each once, whatever the order and repetition of ids', async () => {
      const first = await board.put({ identifier: 'A-1', state: 'Done' });
      const second = await board.put({ identifier: 'A-2', state: 'Todo' });

      const there = await tracker.issuesByIds([first, second, first], signal);
      const back = await tracker.issuesByIds([second, first], signal);

      expect(identifiers(there)).toEqual(['A-1', 'A-2']);
      expect(identifiers(back)).toEqual(['A-1', 'A-2']);
    });

    test('leaves out ids that are not on the board, or no longer', async () => {
      const kept = await board.put({ identifier: 'A-1' });
      const gone = await board.put({ identifier: 'A-2' });
      await board.remove(gone);

      expect(identifiers(await tracker.issuesByIds([kept, gone, anId], signal))).toEqual(['A-1']);
    });

    test('finds an issue in any state by what people call it', async () => {
      const id = await board.put({ identifier: 'A-1', state: 'Done' });
      await board.put({ identifier: 'A-2', state: 'Todo' });

      const [found, ...others] = await tracker.issuesByIds(['A-1'], signal);

      expect([found?.id, found?.identifier, others]).toEqual([id, 'A-1', []]);
    });

    test('tells by id what changed, in full', async () => {
      const id = await board.put({ identifier: 'A-1', title: 'Before', labels: ['old'] });
      await one(id);
      await board.put({ identifier: 'A-1', title: 'After', state: 'Done', labels: ['new'], priority: 2 });

      expect(await one(id)).toMatchObject({ title: 'After', state: 'Done', labels: ['new'], priority: 2 });
    });

    test('fills every field of a normalized issue', async () => {
      const id = await board.put({ identifier: 'A-1', title: 'Say hello', state: 'Todo' });

      const issue = await one(id);

      expect(Issue.parse(issue)).toEqual(issue);
      const { notDispatchableBecause: _onlyOfOthers, ...always } = Issue.shape;
      expect(Object.keys(issue).sort()).toEqual(Object.keys(always).sort());
      expect(issue).toMatchObject({ id, identifier: 'A-1', title: 'Say hello', priority: null, labels: [] });
      expect(issue).toMatchObject({ description: null, blockedBy: [], dispatchable: true });
    });

    test('trims and lower-cases labels, without blanks and repetitions', async () => {
      const id = await board.put({ identifier: 'A-1', labels: [' Bug', 'bug', ' ', 'Good First'] });

      expect([...(await one(id)).labels].sort()).toEqual(['bug', 'good first']);
    });

    test('tells blockers with their states, and issues they hold back as not dispatchable because of them', async () => {
      const blocker = await board.put({ identifier: 'A-1', state: 'In Progress' });
      await board.put({ identifier: 'A-2', state: 'Todo', blockedBy: ['A-1'] });

      const [blocked] = await tracker.issuesByStates(['Todo'], signal);

      expect(blocked).toMatchObject({
        identifier: 'A-2',
        blockedBy: [{ id: blocker, identifier: 'A-1', state: 'In Progress' }],
        dispatchable: false,
        notDispatchableBecause: 'blocked by A-1 (In Progress)',
      });
    });

    test('lets an issue go once its blockers are in a terminal state', async () => {
      await board.put({ identifier: 'A-1', state: 'done' });
      const id = await board.put({ identifier: 'A-2', blockedBy: ['A-1'] });

      const issue = await one(id);

      expect(issue).toMatchObject({ dispatchable: true });
      expect(issue).not.toHaveProperty('notDispatchableBecause');
    });

    test('names three of the blockers that hold an issue back, and counts the others', async () => {
      const blockedBy = ['A-1', 'A-2', 'A-3', 'A-4', 'A-5', 'A-6'];
      for (const identifier of blockedBy) {
        await board.put({ identifier, state: identifier === 'A-2' ? 'Done' : 'Todo' });
      }
      const id = await board.put({ identifier: 'A-7', blockedBy });

      const { notDispatchableBecause } = await one(id);

      expect(notDispatchableBecause).toMatch(
        /^blocked by A-\d \(Todo\), A-\d \(Todo\), A-\d \(Todo\) and 2 more$/,
      );
      expect(notDispatchableBecause).not.toContain('A-2');
    });

    test('leaves a malformed issue out of state lists and reports it', async () => {
      await board.put({ identifier: 'A-1' });
      const id = await board.put({ identifier: 'A-2' });
      await tracker.issuesByStates(['Todo'], signal);
      await board.breakIssue(id);

      const issues = await tracker.issuesByStates(['Todo'], signal);
      await tracker.issuesByStates(['Todo'], signal);

      expect(identifiers(issues)).toEqual(['A-1']);
      expect(board.problems).toHaveLength(1);
    });

    test('fails to tell a malformed issue by id instead of leaving it out', async () => {
      const whole = await board.put({ identifier: 'A-1' });
      const broken = await board.put({ identifier: 'A-2' });
      await tracker.issuesByStates(['Todo'], signal);
      await board.breakIssue(broken);

      await expect(tracker.issuesByIds([whole, broken], signal)).rejects.toMatchObject({
        code: 'tracker_response',
      });
      expect(identifiers(await tracker.issuesByIds([whole], signal))).toEqual(['A-1']);
    });

    test('asks the provider nothing when nothing is wanted', async () => {
      await board.put({ identifier: 'A-1' });
      const before = board.requests();

      expect(await tracker.issuesByStates([], signal)).toEqual([]);
      expect(await tracker.issuesByIds([], signal)).toEqual([]);
      if (tracker.poll) {
        expect(await tracker.poll({ states: [], ids: [] }, signal)).toEqual({ byStates: [], byIds: [] });
      }
      expect(board.requests()).toBe(before);
      await tracker.issuesByStates(['Todo'], signal);
      expect(board.requests()).toBeGreaterThan(before);
    });

    test('rejects when it is aborted', async () => {
      const id = await board.put({ identifier: 'A-1' });
      const aborted = AbortSignal.abort();

      await expect(tracker.issuesByStates(['Todo'], aborted)).rejects.toThrow();
      await expect(tracker.issuesByIds([id], aborted)).rejects.toThrow();
      await expect(tracker.poll?.({ states: ['Todo'], ids: [id] }, aborted) ?? aborting()).rejects.toThrow();
    });

    test('polls what the two reads tell, in one request', async () => {
      const ids = [
        await board.put({ identifier: 'A-1' }),
        await board.put({ identifier: 'A-2', state: 'Done' }),
      ];
      await board.put({ identifier: 'A-3', state: 'In Progress', blockedBy: ['A-1'] });
      const states = ['Todo', 'In Progress'];
      const byStates = await tracker.issuesByStates(states, signal);
      const byIds = await tracker.issuesByIds([...ids, anId], signal);
      const before = board.requests();

      const poll = tracker.poll ?? (() => Promise.resolve({ byStates, byIds }));
      const answer = await poll({ states, ids: [...ids, anId] }, signal);

      expect(byIdentifier(answer.byStates)).toEqual(byIdentifier(byStates));
      expect(byIdentifier(answer.byIds)).toEqual(byIdentifier(byIds));
      expect(board.requests() - before).toBeLessThanOrEqual(1);
    });

    test('fails a poll whose ids include a malformed issue', async () => {
      const id = await board.put({ identifier: 'A-1' });
      await tracker.issuesByIds([id], signal);
      await board.breakIssue(id);

      const poll = tracker.poll ?? ((query) => tracker.issuesByIds(query.ids, signal));

      await expect(poll({ states: ['Todo'], ids: [id] }, signal)).rejects.toMatchObject({
        code: 'tracker_response',
      });
    });

    test('advertises tools that an agent can be told of', () => {
      for (const spec of tracker.tools.specs) {
        expect(spec.name).toMatch(/^[a-zA-Z0-9_-]+$/);
        expect(spec.description).not.toBe('');
        expect(spec.inputSchema).toMatchObject({ type: 'object' });
      }
    });

    test('answers an unknown tool with a failure that names the known ones', async () => {
      const issue = await one(await board.put({ identifier: 'A-1' }));

      const result = await tracker.tools.execute('no_such_tool', {}, { issue, session: 'a session' }, signal);

      expect(result).toMatchObject({
        success: false,
        output: { error: { supportedTools: tracker.tools.specs.map((spec) => spec.name) } },
      });
      expectJson(result.output);
    });

    test('answers calls that make no sense with structured failures', async () => {
      const issue = await one(await board.put({ identifier: 'A-1' }));
      const senseless: JsonValue[] = [null, 7, 'get', [], {}, { action: 'delete' }, { action: {} }];

      for (const { name: tool } of tracker.tools.specs) {
        for (const args of senseless) {
          const result = await tracker.tools.execute(tool, args, { issue, session: 'a session' }, signal);
          expect(result, JSON.stringify(args)).toMatchObject({
            success: false,
            output: { error: { code: expect.any(String), message: expect.any(String) } },
          });
          expectJson(result.output);
        }
      }
    });

    test('answers a tool call of a session that is being stopped with a failure', async () => {
      const issue = await one(await board.put({ identifier: 'A-1' }));

      for (const { name: tool } of tracker.tools.specs) {
        const result = await tracker.tools.execute(
          tool,
          { action: 'get' },
          { issue, session: 'a session' },
          AbortSignal.abort(),
        );
        expect(result).toMatchObject({ success: false, output: { error: {} } });
      }
    });

    test('closes twice without harm', async () => {
      await tracker.close();
      await tracker.close();
    });
  });
}

function identifiers(issues: readonly Issue[]): string[] {
  return issues.map(({ identifier }) => identifier).sort();
}

function byIdentifier(issues: readonly Issue[]): Issue[] {
  return [...issues].sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
}

function aborting(): Promise<never> {
  return Promise.reject(new Error('this tracker has no poll'));
}

function expectJson(output: JsonValue): void {
  expect(JSON.parse(JSON.stringify(output))).toEqual(output);
}
