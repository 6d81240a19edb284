import { renderToString } from 'ink';
import { createElement } from 'react';
import { expect, test } from 'vitest';
import { frame } from '../../src/dashboard/frame/frame.js';
import type { FrameInput } from '../../src/dashboard/frame/frame-input.js';
import { START } from '../../src/dashboard/keys/ui.js';
import { App } from '../../src/dashboard/terminal/app.js';
import { aFrameInput } from '../helpers/frames.js';
import { named, SAMPLE_SNAPSHOT } from '../helpers/sample-board.js';
import { SAMPLE_EVENTS, SAMPLE_EXPLANATION } from '../helpers/sample-issue.js';

// The pictures of the documentation. `npx vitest run test/dashboard/screenshots.test.ts -u` takes them anew.

const { issueId, identifier } = named('MT-651');
const BLOCKED = { issueId, identifier, index: 0 };

/** The list of the sample day, at the issue that waits for an answer. */
function theList(columns: number, rows: number): FrameInput {
  const ui = { kind: 'list', cursor: BLOCKED } as const;
  const links = {
    dashboardUrl: 'http://127.0.0.1:4000',
    project: 'https://tracker.example/project/symphony',
  };
  return aFrameInput({ snapshot: SAMPLE_SNAPSHOT, ui, columns, rows, links });
}

/** That issue, open. */
function theIssue(columns: number, rows: number): FrameInput {
  return {
    ...theList(columns, rows),
    ui: { kind: 'detail', cursor: BLOCKED, scroll: 'end', showsRules: false, back: START },
    watched: {
      identifier,
      explained: { kind: 'known', explanation: SAMPLE_EXPLANATION },
      events: SAMPLE_EVENTS,
    },
  };
}

function picture(input: FrameInput): string {
  return renderToString(createElement(App, { lines: frame(input).lines }), { columns: input.columns });
}

test.each([
  [60, 38],
  [120, 34],
  [200, 34],
])('the pictures of the dashboard at %i columns are what it shows', async (columns, rows) => {
  const pictures = [theList(columns, rows), theIssue(columns, rows - 4)].map(picture);

  await expect(`${pictures.join('\n\n')}\n`).toMatchFileSnapshot(
    `../../docs/screenshots/terminal-${columns}.txt`,
  );
});
