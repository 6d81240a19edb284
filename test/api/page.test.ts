import { describe, expect, onTestFinished, test } from 'vitest';
import { createApi } from '../../src/api/server.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import {
  aBlockedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  someCommands,
  TestSource,
} from '../helpers/snapshots.js';

async function page(snapshot: Snapshot) {
  const api = createApi({
    source: new TestSource(snapshot),
    commands: someCommands(),
    log: { warn: () => {}, error: () => {} },
    now: () => 0,
    host: '127.0.0.1',
    port: 0,
  });
  onTestFinished(() => api.close());
  return await api.inject('/');
}

describe('the status page', () => {
  test('depicts sessions, retries, tokens, runtime and health', async () => {
    const { body, headers } = await page(
      aSnapshot({
        running: [aRunningRow()],
        retrying: [aRetryingRow()],
        blocked: [aBlockedRow()],
        totals: { inputTokens: 1_000, outputTokens: 234, totalTokens: 1_234, secondsRunning: 754 },
        polling: { ...aSnapshot().polling, failure: aProblem() },
      }),
    );

    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    for (const shown of [
      'MT-649',
      'MT-650',
      'Run npm publish?',
      '1,234',
      '12m 34s',
      'Linear answered 503.',
    ]) {
      expect(body).toContain(shown);
    }
  });

  test('is driven from the snapshot alone and reloads itself without a script', async () => {
    const { body, headers } = await page(aSnapshot());

    expect(body).toContain('http-equiv="refresh"');
    expect(body).not.toMatch(/<script|<link|src=/u);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /u);
  });

  test('escapes what trackers and agents write', async () => {
    const title = '<img src=x onerror="alert(1)">&\'';
    const { body } = await page(aSnapshot({ running: [aRunningRow({ title })] }));

    expect(body).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;');
    expect(body).not.toContain('<img');
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'no url', 'https://'])(
    'makes no link of %s',
    async (url) => {
      const { body } = await page(aSnapshot({ running: [aRunningRow({ url })] }));

      expect(body).not.toContain('<a ');
      expect(body).toContain('MT-649');
    },
  );

  test('links to the issue when its url is a web address', async () => {
    const { body } = await page(
      aSnapshot({ running: [aRunningRow({ url: 'https://tracker.example/MT-1?a=1&b=2' })] }),
    );

    expect(body).toContain('<a href="https://tracker.example/MT-1?a=1&amp;b=2" rel="noopener noreferrer"');
  });
});
