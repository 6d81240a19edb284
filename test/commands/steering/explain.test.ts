import { expect, test } from 'vitest';
import { explain } from '../../../src/commands/steering/explain.js';
import { aBoardRow, someExplainer } from '../../api/an-api.js';
import { aDaemonOnASocket, anOutput } from './a-daemon.js';

// Goal: whoever asks why an issue is not worked on learns it, also where the daemon does not know the issue.

test('an issue that the daemon does not know may be in a state that is not active', async () => {
  const target = await aDaemonOnASocket({ explainer: someExplainer({ board: [aBoardRow()] }) });

  await expect(explain({ ...target, ...anOutput(), name: 'BACKLOG-9', json: false })).rejects.toMatchObject({
    code: 'issue_not_found',
    message:
      'the daemon knows no issue BACKLOG-9; "symphony issues" lists those that it knows. ' +
      'Issues in states that are not active are neither read nor worked on',
  });
});
