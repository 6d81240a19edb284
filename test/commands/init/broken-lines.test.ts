import { describe, expect, test } from 'vitest';
import { brokenLines } from '../../../src/commands/init/broken-lines.js';

// Goal: a narrow terminal breaks no word, and nobody copies half an address.

describe('lines that are too long', () => {
  test('go on below their last column', () => {
    const text = [
      'Wrote WORKFLOW.md',
      '  workspaces  begin empty, unless hooks.after_create clones',
      '  agent       codex',
    ].join('\n');

    expect(brokenLines(text, 40)).toBe(
      [
        'Wrote WORKFLOW.md',
        '  workspaces  begin empty, unless',
        '              hooks.after_create clones',
        '  agent       codex',
      ].join('\n'),
    );
  });

  test('begin anew where little would be left of the column', () => {
    expect(brokenLines('  workspaces  begin empty, unless a hook clones', 30)).toBe(
      '  workspaces  begin empty,\n  unless a hook clones',
    );
  });

  test('keep the blank behind a question', () => {
    expect(brokenLines('Git repository that each workspace clones, or none [none]: ', 30)).toBe(
      'Git repository that each\nworkspace clones, or none\n[none]: ',
    );
  });

  test('break no word, however long', () => {
    const address = `https://example.com/${'team/'.repeat(10)}`;

    expect(brokenLines(`clones of ${address}`, 30)).toBe(`clones of\n${address}`);
  });

  test('stay as they are where nobody says how wide it is', () => {
    const text = 'word '.repeat(100);

    expect(brokenLines(text, null)).toBe(text);
  });
});
