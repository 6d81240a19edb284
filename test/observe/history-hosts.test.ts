import { expect, test } from 'vitest';
import { History } from '../../src/observe/history.js';
import { Secrets } from '../../src/observe/redact.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: the log and the history tell where work is done, and what becomes of the machines for it (issue 6, 7).

function aPool() {
  const core = new CoreDriver({ hosts: ['build-1', 'build-2'] });
  const history = new History({ secrets: new Secrets(), now: () => core.wallMs, onListenerFailed: () => {} });
  core.observe = history.observe;
  const told = (kind: RegExp) =>
    history.events({ limit: 100 }).events.flatMap((event) => (kind.test(event.kind) ? [event] : []));
  return { core, told };
}

const MT1 = someFacts({ identifier: 'MT-1', state: 'Todo' });

test('a run is told with the worker it is on', () => {
  const { core, told } = aPool();

  core.begin(MT1);

  expect(told(/^run_started$/)).toMatchObject([
    { message: 'first run started in Todo on build-1', fields: { host: 'build-1', attempt: null } },
  ]);
});

test('a worker is told to be down once, with the reason and the next try, then with each try, and to be back', () => {
  const { core, told } = aPool();
  core.begin(MT1);

  core.exit(MT1.id, { kind: 'hostUnreachable', host: 'build-1', began: false, detail: 'no route' });
  core.pass(10_000);
  core.hostFails('build-1');
  core.pass(20_000);
  core.hostAnswers('build-1');

  expect(told(/^host_/).map(({ kind, level, message }) => [kind, level, message])).toEqual([
    ['host_down', 'warn', 'host build-1 is not used for now, tried again in 10 s: no route'],
    ['host_still_down', 'info', 'host build-1 does not answer, tried again in 20 s: still no route'],
    ['host_back', 'info', 'host build-1 answers again'],
  ]);
  expect(told(/^host_down$/)[0]?.fields).toEqual({ host: 'build-1', reason: 'no route', delay_ms: 10_000 });
});

test('a worker whose workspaces cannot be looked at is told with the reason, unless it is down anyway', () => {
  const { core, told } = aPool();
  const failure = {
    code: 'workspace_unavailable',
    message: 'the disk is broken',
    retryAfterMs: null,
  } as const;

  core.send({ type: 'surveyFailed', host: 'build-1', failure });
  core.send({ type: 'surveyFailed', host: 'build-2', failure: { ...failure, code: 'host_unreachable' } });

  expect(told(/^(host|survey)_/).map(({ message }) => message)).toEqual([
    'workspaces on build-1 could not be looked at: the disk is broken',
    'host build-2 is not used for now, tried again in 10 s: the disk is broken',
  ]);
});
