import { describe, expect, test } from 'vitest';
import { openFixture } from '../../helpers/agent-session.js';
import '../../helpers/leaks.js';

describe('the protocol stream', () => {
  test('is read whole when it comes byte by byte, with characters of several bytes', async () => {
    const { runTurn, reports } = await openFixture('splits-chunks');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(reports.map(({ message }) => message)).toContain('Grüße 👩‍🚀 żółw');
  });

  test('may have lines of up to 10 MiB; longer ones are malformed and skipped', async () => {
    const { runTurn, reports } = await openFixture('long-lines');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(reports.filter(({ message }) => message?.startsWith('long xxx'))).toHaveLength(1);
    expect(reports.filter(({ event }) => event === 'malformed')).toHaveLength(1);
  });

  test('goes on after what is no message: broken ones are malformed, others are noted', async () => {
    const { runTurn, reports } = await openFixture('garbage');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(reports.filter(({ event }) => event === 'malformed').map(({ message }) => message)).toEqual([
      '{"method":"broken',
    ]);
    expect(reports.filter(({ event }) => event === 'other_message').map(({ message }) => message)).toEqual(
      expect.arrayContaining(['[1,2]', '42', 'null', '{"neither":"this nor that"}', '{"id":99,"result":{}}']),
    );
  });

  test('is never mixed with diagnostics on stderr', async () => {
    const { runTurn, events } = await openFixture('noisy-stderr');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(events()).not.toContain('malformed');
    expect(events()).not.toContain('turn_failed');
  });

  test('is handed to the transcript line by line as it was, but for the pieces', async () => {
    const lines: string[] = [];
    const { runTurn } = await openFixture('completes', {
      transcript: { write: (direction, line) => lines.push(`${direction} ${line.trim()}`), close: () => {} },
    });

    await runTurn();

    expect(lines[0]).toMatch(/^sent \{"id":1,"method":"initialize"/);
    expect(lines).toContain('received {"id":1,"result":{"userAgent":"fixture"}}');
    expect(lines.find((line) => line.includes('"turn/start"'))).toContain('Do it.');
    expect(lines.at(-1)).toMatch(/^received \{"method":"turn\/completed"/);

    lines.length = 0;
    const flood = await openFixture('floods', {
      transcript: { write: (_direction, line) => lines.push(line), close: () => {} },
    });
    await flood.runTurn();
    expect(lines.filter((line) => line.includes('item/completed'))).toHaveLength(50_000);
    expect(lines.filter((line) => line.startsWith('{"method":"item/agentMessage/delta'))).toHaveLength(0);
  });

  test('carries usage and rate limits, which are told with the report they came in', async () => {
    const { runTurn, reports } = await openFixture('completes');

    await runTurn();
    await runTurn();

    expect(reports.flatMap(({ usage }) => usage ?? [])).toEqual([
      { inputTokens: 10, outputTokens: 2, totalTokens: 12 },
      { inputTokens: 20, outputTokens: 4, totalTokens: 24 },
    ]);
    expect(reports.flatMap(({ rateLimits }) => rateLimits ?? []).at(-1)).toMatchObject({
      limitId: 'codex',
      primary: { usedPercent: 40 },
    });
  });
});
