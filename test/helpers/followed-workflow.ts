import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/engine/system-clock.js';
import type { Clock } from '../../src/ports/clock.js';
import { loadWorkflow } from '../../src/workflow/load.js';
import { WorkflowWatch } from '../../src/workflow/watch.js';
import { aLoadContext } from './build.js';

/** What a watch told, as a line: `reload <poll interval>`, `break <code>`, `watch failed`. */
type News = string;

/** A workflow file on disk, and a watch on it that has not been started. */
interface FollowedWorkflow {
  readonly file: string;
  readonly watch: WorkflowWatch;
  /** All that was told, in order. */
  readonly told: readonly News[];
  /** What was told after what `next` returned before; waits for it. */
  next(): Promise<News>;
}

/** A valid workflow text that can be told from others by its poll interval; its prompt is that number too. */
export function workflowText(intervalMs: number): string {
  return `---\ntracker:\n  kind: board\npolling:\n  interval_ms: ${intervalMs}\n---\nEvery ${intervalMs}\n`;
}

/** Writes a workflow file of 1000 ms and loads it. */
export async function aFollowedWorkflow(clock: Clock = systemClock): Promise<FollowedWorkflow> {
  const directory = await mkdtemp(join(tmpdir(), 'symphony-followed-'));
  const file = join(directory, 'WORKFLOW.md');
  await writeFile(file, workflowText(1000));
  const context = aLoadContext();
  const told: News[] = [];
  let returned = 0;
  let wake = (): void => undefined;
  const tell = (news: News): void => {
    told.push(news);
    wake();
  };
  const watch = new WorkflowWatch(await loadWorkflow(file, context), clock, context, {
    onReload: ({ settings }) => tell(`reload ${settings.polling.intervalMs}`),
    onBreak: ({ code }) => tell(`break ${code}`),
    onWatchFailed: () => tell('watch failed'),
  });
  onTestFinished(async () => {
    await watch.close();
    await rm(directory, { recursive: true });
  });
  return {
    file,
    watch,
    told,
    async next() {
      while (told.length === returned) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      returned += 1;
      return told[returned - 1] ?? '';
    },
  };
}
