import { describe, expect, test } from 'vitest';
import { unknownKeys } from '../../src/trackers/unknown-keys.js';

const KEYS = ['endpoint', 'api_key', 'project_slug', 'assignee', 'tool_access'];

describe("a key of the tracker's own that it does not know", () => {
  test.each([
    ['projectSlug', 'project_slug'],
    ['project-slug', 'project_slug'],
    ['project_slgu', 'project_slug'],
    ['project', 'project_slug'],
    ['token', 'api_key'],
    ['apiToken', 'api_key'],
    ['base_url', 'endpoint'],
    ['assigne', 'assignee'],
  ])('%s is told with the one that was probably meant: %s', (written, meant) => {
    expect(unknownKeys({ [written]: 'x' }, KEYS)).toEqual([
      `tracker.provider.${written} is not known and ignored; did you mean ${meant}?`,
    ]);
  });

  test('is only told a key that this tracker has', () => {
    expect(unknownKeys({ token: 'x', folder: 'y' }, ['path'])).toEqual([
      'tracker.provider.token is not known and ignored; the keys are path',
      'tracker.provider.folder is not known and ignored; did you mean path?',
    ]);
  });

  test.each(['team', 'jql', 'id', 'constructor'])('%s resembles none, so all are named', (written) => {
    expect(unknownKeys({ [written]: 'x' }, KEYS)).toEqual([
      `tracker.provider.${written} is not known and ignored; the keys are ${KEYS.join(', ')}`,
    ]);
  });
});
