import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anIssue } from '../helpers/build.js';
import { aFollowedWorkflow, workflowText } from '../helpers/followed-workflow.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

const BROKEN = '---\ntracker: [board\n---\n';

// Files are saved synchronously where the watch goes by the real time: a save that takes long enough is one in halves.

describe('a started watch', () => {
  test('tells a valid edit, settings and prompt together', async () => {
    const { file, watch, next } = await aFollowedWorkflow();
    watch.start();

    writeFileSync(file, workflowText(2000));

    expect(await next()).toBe('reload 2000');
    expect(watch.current.settings.polling.intervalMs).toBe(2000);
    expect(await watch.current.prompt(anIssue(), null)).toBe('Every 2000');
  });

  test('finds an edit made before it was started', async () => {
    const { file, watch, next } = await aFollowedWorkflow();
    writeFileSync(file, workflowText(2000));

    watch.start();

    expect(await next()).toBe('reload 2000');
  });

  test('tells an invalid edit once, keeps the last good version, and tells when it is mended', async () => {
    const { file, watch, told, next } = await aFollowedWorkflow();
    watch.start();

    writeFileSync(file, BROKEN);
    expect(await next()).toBe('break workflow_parse_error');
    await utimes(file, new Date(), new Date());
    await watch.check();
    writeFileSync(file, BROKEN);
    await watch.check();
    expect(watch.current.settings.polling.intervalMs).toBe(1000);
    writeFileSync(file, workflowText(3000));

    expect(await next()).toBe('reload 3000');
    expect(told).toEqual(['break workflow_parse_error', 'reload 3000']);
  });

  test('tells when a broken file is mended back to the very text that was good', async () => {
    const { file, watch, told, next } = await aFollowedWorkflow();
    watch.start();

    writeFileSync(file, BROKEN);
    await next();
    writeFileSync(file, workflowText(1000));
    await next();

    expect(told).toEqual(['break workflow_parse_error', 'reload 1000']);
  });

  test('follows editors that write another file and rename it over', async () => {
    const { file, watch, next } = await aFollowedWorkflow();
    watch.start();

    for (const interval of [2000, 3000, 4000]) {
      writeFileSync(`${file}.swp`, workflowText(interval));
      await rename(`${file}.swp`, file);
      expect(await next()).toBe(`reload ${interval}`);
    }
  });

  test('tells that the file vanished, and that it is back', async () => {
    const { file, watch, told, next } = await aFollowedWorkflow();
    watch.start();

    await unlink(file);
    expect(await next()).toBe('break missing_workflow_file');
    writeFileSync(file, workflowText(1000));
    expect(await next()).toBe('reload 1000');
    writeFileSync(file, workflowText(2000));
    expect(await next()).toBe('reload 2000');

    expect(told).toHaveLength(3);
  });

  test('tells of a file that became a pipe, waits for nobody to write to it, and follows what comes after', async () => {
    const { file, watch, told, next } = await aFollowedWorkflow();
    watch.start();

    await unlink(file);
    execFileSync('mkfifo', [file]);
    expect(await next()).toBe('break missing_workflow_file');
    await unlink(file);
    writeFileSync(file, workflowText(2000));

    expect(await next()).toBe('reload 2000');
    expect(told).toHaveLength(2);
  });

  test('tells of a file that became a directory as of one that cannot be read', async () => {
    const { file, watch, next } = await aFollowedWorkflow();
    watch.start();

    await unlink(file);
    await mkdir(file);

    expect(await next()).toBe('break missing_workflow_file');
  });

  test('ends many quick saves with the last of them', async () => {
    const { file, watch, told, next } = await aFollowedWorkflow();
    watch.start();

    for (let interval = 2000; interval <= 2040; interval += 1) {
      writeFileSync(file, workflowText(interval));
      await settled();
    }

    for (let news = await next(); news !== 'reload 2040'; news = await next());
    expect(watch.current.settings.polling.intervalMs).toBe(2040);
    expect(new Set(told).size).toBe(told.length);
    expect(told.filter((news) => news.startsWith('break'))).toEqual([]);
  });

  test('is not moved by what happens to the files beside it', async () => {
    const { file, watch, told, next } = await aFollowedWorkflow();
    watch.start();

    writeFileSync(join(dirname(file), 'OTHER.md'), BROKEN);
    writeFileSync(file, workflowText(2000));
    await next();

    expect(told).toEqual(['reload 2000']);
  });
});

describe('check', () => {
  test('finds a change without any event', async () => {
    const { file, watch, told } = await aFollowedWorkflow();

    writeFileSync(file, workflowText(2000));
    await watch.check();

    expect(told).toEqual(['reload 2000']);
  });

  test('tells nothing about an unchanged file', async () => {
    const { file, watch, told } = await aFollowedWorkflow();

    await watch.check();
    await utimes(file, new Date(), new Date());
    await watch.check();

    expect(told).toEqual([]);
  });

  test('finds a change of an old file that leaves its size and its time of change as they were', async () => {
    const { file, watch, told } = await aFollowedWorkflow();
    const longAgo = new Date('2020-02-02T20:20:20Z');
    await utimes(file, longAgo, longAgo);
    await watch.check();

    for (const interval of [2000, 3000]) {
      const before = await stat(file, { bigint: true });
      // Until the file system's clock has moved on, which alone tells this change from none.
      do {
        writeFileSync(file, workflowText(interval));
        await utimes(file, longAgo, longAgo);
      } while ((await stat(file, { bigint: true })).ctimeNs === before.ctimeNs);
      await watch.check();
      await watch.check();
    }

    expect(told).toEqual(['reload 2000', 'reload 3000']);
  });

  test('tells each version once, however many ask at the same time', async () => {
    const { file, watch, told } = await aFollowedWorkflow();

    writeFileSync(file, workflowText(2000));
    await Promise.all(Array.from({ length: 20 }, () => watch.check()));

    expect(told).toEqual(['reload 2000']);
  });

  test('has told the newest text when it resolves, also when one is under way', async () => {
    const { file, watch } = await aFollowedWorkflow();

    for (const interval of [2000, 3000, 4000, 5000]) {
      const earlier = watch.check();
      writeFileSync(file, workflowText(interval));
      await watch.check();
      expect(watch.current.settings.polling.intervalMs).toBe(interval);
      await earlier;
    }
  });

  test('tells a second, different fault of a broken file', async () => {
    const { file, watch, told } = await aFollowedWorkflow();

    writeFileSync(file, BROKEN);
    await watch.check();
    writeFileSync(file, '---\n- a list\n---\n');
    await watch.check();

    expect(told).toEqual(['break workflow_parse_error', 'break workflow_front_matter_not_a_map']);
  });
});

describe('a file written in halves', () => {
  test('is not told of before it is whole', async () => {
    const clock = new VirtualClock();
    const { file, watch, told } = await aFollowedWorkflow(clock);

    await writeFile(file, '---\ntracker:\n  kind: board\npolling: {interval_ms: 20');
    const checked = watch.check();
    await untilWaiting(clock);
    await writeFile(file, workflowText(2000));
    await finished(checked, clock);

    expect(told).toEqual(['reload 2000']);
  });

  test('is not told of while its first half is a valid workflow', async () => {
    const clock = new VirtualClock();
    const { file, watch, told } = await aFollowedWorkflow(clock);

    await writeFile(file, workflowText(2000).slice(0, workflowText(2000).lastIndexOf('---')));
    const checked = watch.check();
    await untilWaiting(clock);
    await writeFile(file, workflowText(2000));
    await finished(checked, clock);

    expect(told).toEqual(['reload 2000']);
    expect(await watch.current.prompt(anIssue(), null)).toBe('Every 2000');
  });

  test('is told of once when all that follows is bad, too', async () => {
    const clock = new VirtualClock();
    const { file, watch, told } = await aFollowedWorkflow(clock);

    await writeFile(file, '---\ntracker: {');
    const checked = watch.check();
    await untilWaiting(clock);
    await writeFile(file, '---\ntracker: {kind: [');
    await finished(checked, clock);

    expect(told).toEqual(['break workflow_parse_error']);
  });

  test('is not told of when it returns to what it was', async () => {
    const clock = new VirtualClock();
    const { file, watch, told } = await aFollowedWorkflow(clock);

    await writeFile(file, '');
    const checked = watch.check();
    await untilWaiting(clock);
    await writeFile(file, workflowText(1000));
    await finished(checked, clock);

    expect(told).toEqual([]);
  });

  test('is not told of when it was empty at two looks and whole between them', async () => {
    const clock = new VirtualClock();
    const { file, watch, told } = await aFollowedWorkflow(clock);

    await writeFile(file, '');
    const checked = watch.check();
    await untilWaiting(clock);
    // Until the file system's clock has moved on, too.
    for (const first = await stat(file); (await stat(file)).mtimeMs === first.mtimeMs; ) {
      await writeFile(file, workflowText(2000));
      await writeFile(file, '');
    }
    await clock.advance(100);
    await untilWaiting(clock);
    await writeFile(file, workflowText(3000));
    await finished(checked, clock);

    expect(told).toEqual(['reload 3000']);
  });

  test('that never holds still is taken as it is in the end', async () => {
    const clock = new VirtualClock();
    const { file, watch, told } = await aFollowedWorkflow(clock);
    let interval = 2000;

    await writeFile(file, workflowText(interval));
    const checked = watch.check();
    while (told.length === 0) {
      await untilWaiting(clock);
      interval += 1;
      await writeFile(file, workflowText(interval));
      await clock.advance(100);
      while (clock.pending === 0 && told.length === 0) await settled();
    }
    await finished(checked, clock);

    expect(interval).toBeGreaterThan(2010);
    expect(told.at(-1)).toBe(`reload ${interval}`);
  });
});

describe('close', () => {
  test('ends a look that waits for the file to come to rest, and tells nothing more', async () => {
    const clock = new VirtualClock();
    const { file, watch, told } = await aFollowedWorkflow(clock);
    writeFileSync(file, BROKEN);
    const checked = watch.check();
    await untilWaiting(clock);

    await watch.close();
    await checked;

    expect(clock.pending).toBe(0);
    expect(told).toEqual([]);
  });

  test('lets later edits and checks pass in silence', async () => {
    const { file, watch, told } = await aFollowedWorkflow();
    watch.start();
    await watch.close();

    writeFileSync(file, workflowText(2000));
    await watch.check();

    expect(told).toEqual([]);
  });

  test('may be asked for twice, and without a start', async () => {
    const { watch } = await aFollowedWorkflow();

    await watch.close();

    await expect(watch.close()).resolves.toBeUndefined();
  });

  test('leaves no watcher behind', async () => {
    const watchers = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
    const { file, watch, next } = await aFollowedWorkflow();
    const before = watchers();
    watch.start();
    writeFileSync(file, workflowText(2000));
    await next();
    expect(watchers()).toBeGreaterThan(before);

    await watch.close();
    await rm(file);

    expect(watchers()).toBe(before);
  });
});

/** Reading a file takes real time, so virtual time may only move on once the watch waits for it. */
async function untilWaiting(clock: VirtualClock): Promise<void> {
  while (clock.pending === 0) await settled();
}

/** Moves time on until the check has ended. */
async function finished(checked: Promise<void>, clock: VirtualClock): Promise<void> {
  let isOver = false;
  const over = checked.finally(() => {
    isOver = true;
  });
  while (!isOver) await clock.advance(10);
  await over;
}
