import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/engine/system-clock.js';
import { linearProjects } from '../../../src/trackers/linear/projects.js';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import { failureOf } from '../../helpers/linear/linear-tracker.js';

// Goal: before a workflow names a project, people see which there are, and what their teams call their states.

const { signal } = new AbortController();

async function setUp() {
  const linear = await FakeLinear.start();
  onTestFinished(() => linear.close());
  const provider = { endpoint: linear.url, api_key: '$THE_KEY' };
  const projects = linearProjects(provider, { env: { THE_KEY: linear.apiKey }, clock: systemClock });
  return { linear, board: linear.board, projects };
}

describe('the projects that a key may see', () => {
  test('are listed with their teams and the slugs of their addresses, newest first', async () => {
    const { board, projects } = await setUp();
    board.addTeam('OPS');
    const { slug, slugId } = board.addProject('On Call & More');
    for (const key of ['OPS', 'ENG']) board.joinProject(key, slugId);

    expect(await projects.list(signal)).toEqual({
      isAll: true,
      projects: [
        { name: 'On Call & More', slug, teams: expect.arrayContaining(['OPS', 'ENG']), hasMoreTeams: false },
        { name: 'Payments', slug: board.projectSlug, teams: ['ENG'], hasMoreTeams: false },
      ],
    });
  });

  test('are listed over many pages, up to a length that nobody reads', async () => {
    const { linear, board, projects } = await setUp();
    for (let number = 1; number <= 600; number += 1) board.addProject(`Project ${number}`);

    const { projects: listed, isAll } = await projects.list(signal);

    expect({ listed: listed.length, isAll }).toEqual({ listed: 500, isAll: false });
    expect(listed[0]).toMatchObject({ name: 'Project 600' });
    expect(new Set(listed.map(({ slug }) => slug)).size).toBe(500);
    expect(linear.requests).toHaveLength(10);
  });

  test('say when teams were left out', async () => {
    const { board, projects } = await setUp();
    for (const key of ['AA', 'BB', 'CC', 'DD']) {
      board.addTeam(key);
      board.joinProject(key);
    }

    const { projects: listed } = await projects.list(signal);

    expect(listed).toMatchObject([{ teams: { length: 4 }, hasMoreTeams: true }]);
  });

  test('cannot be listed with a key that Linear refuses', async () => {
    const { linear } = await setUp();
    const provider = { endpoint: linear.url, api_key: 'lin_api_revoked' };
    const projects = linearProjects(provider, { env: {}, clock: systemClock });

    expect(await failureOf(projects.list(signal))).toMatchObject({
      code: 'tracker_status',
      message: expect.stringMatching(/refused the key.*LINEAR_API_KEY/),
    });
  });

  test('are not asked for without a key', () => {
    expect(() => linearProjects({}, { env: {}, clock: systemClock })).toThrow(
      expect.objectContaining({ code: 'missing_tracker_secret' }),
    );
  });
});

describe('a project', () => {
  test('is found by the slug of its address, by its last part and by the address', async () => {
    const { board, projects } = await setUp();
    const address = `https://linear.app/acme/project/${board.projectSlug}/issues`;

    for (const name of [board.projectSlug, board.projectSlugId, address]) {
      expect(await projects.find(name, signal)).toMatchObject({
        project: { name: 'Payments', slug: board.projectSlug, teams: ['ENG'] },
      });
    }
    expect(await projects.find('payments-0123456789ab', signal)).toBeNull();
  });

  test('tells the states of its teams as they are spelled, with what they mean', async () => {
    const { board, projects } = await setUp();
    board.addState('ENG', { name: 'in QA &amp; <b>', type: 'started' });
    board.addTeam('OPS', [{ name: 'Prêt', type: 'unstarted' }]);
    board.joinProject('OPS');

    const found = await projects.find(board.projectSlug, signal);

    expect(found?.states).toHaveLength(9);
    expect(found?.states).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'Backlog', type: 'backlog' }),
        expect.objectContaining({ name: 'in QA & <b>', type: 'started' }),
        expect.objectContaining({ name: 'Prêt', type: 'unstarted' }),
      ]),
    );
  });
});
