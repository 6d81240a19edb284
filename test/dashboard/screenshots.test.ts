import { renderToString } from 'ink';
import { createElement } from 'react';
import { expect, test } from 'vitest';
import { frame } from '../../src/dashboard/frame/frame.js';
import type { FrameInput } from '../../src/dashboard/frame/frame-input.js';
import { App } from '../../src/dashboard/terminal/app.js';
import { aWorkdayIssue, aWorkdayList } from '../helpers/workday.js';

// The pictures of the documentation. `npx vitest run test/dashboard/screenshots.test.ts -u` takes them anew.

function picture(input: FrameInput): string {
  return renderToString(createElement(App, { lines: frame(input).lines }), { columns: input.columns });
}

test.each([
  [60, 38],
  [120, 34],
  [200, 34],
])('the pictures of the dashboard at %i columns are what it shows', async (columns, rows) => {
  const pictures = [aWorkdayList(columns, rows), aWorkdayIssue(columns, rows - 8)].map(picture);

  await expect(`${pictures.join('\n\n')}\n`).toMatchFileSnapshot(
    `../../docs/screenshots/terminal-${columns}.txt`,
  );
});
