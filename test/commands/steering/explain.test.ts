import { expect, test } from 'vitest';
import { explain } from '../../../src/commands/steering/explain.js';
import { SymphonyError } from '../../../src/domain/error.js';
import { anExplanation, someExplainer } from '../../api/an-api.js';
import { aDaemonOnASocket, anOutput } from './a-daemon.js';

// Goal: whoever asks why an issue is not worked on learns it, also where the daemon does not know the issue.

test('what only the tracker knows is explained as it tells it', async () => {
  const backlog = anExplanation({ identifier: 'MT-9', headline: 'state Backlog is not active', rules: [] });
  const lookUp = async () => backlog;
  const target = await aDaemonOnASocket({ explainer: { ...someExplainer(), lookUp } });
  const output = anOutput();

  expect(await explain({ ...target, ...output, name: 'MT-9', json: false })).toBe(0);
  expect(output.written()).toContain('state Backlog is not active');
});

test('what the tracker fails with that was asked is told', async () => {
  const lookUp = async () => {
    throw new SymphonyError('tracker_timeout', 'The tracker did not tell of MT-9.');
  };
  const target = await aDaemonOnASocket({ explainer: { ...someExplainer(), lookUp } });

  const asking = explain({ ...target, ...anOutput(), name: 'MT-9', json: false });

  await expect(asking).rejects.toMatchObject({
    code: 'tracker_timeout',
    message: 'The tracker did not tell of MT-9.',
  });
});
