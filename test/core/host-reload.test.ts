import { describe, expect, test } from 'vitest';
import { snapshot } from '../../src/core/snapshot.js';
import { started } from '../helpers/core-driver.js';
import { id, issues, pool, reload, reRead, row, tries, UNREACHABLE } from './host-scene.js';

// Goal: hosts come and go with the settings; what runs on one that goes is drained, not cut.

describe('a reload that', () => {
  test('adds a host has it surveyed and used', () => {
    const core = pool(3);

    expect(reload(core, { hosts: ['a', 'b', 'c'] })).toMatchObject([
      { type: 'surveyWorkspaces', host: 'c' },
      { type: 'poll' },
    ]);
    expect(started(core.answerPoll(issues.slice(2, 3)))).toEqual(['MT-3 on c']);
  });

  test('removes a host lets its runs go on, and starts none there', () => {
    const core = pool(3);

    expect(reload(core, { hosts: ['b'] })).toMatchObject([{ type: 'poll' }]);
    expect(started(core.answerPoll(issues.slice(2, 3)))).toEqual([]);
    expect(snapshot(core.state, core).hosts).toEqual([
      { name: 'b', running: 1, capacity: 1, link: null, down: null, isDraining: false },
      { name: 'a', running: 1, capacity: 1, link: null, down: null, isDraining: true },
    ]);
    core.exit(id(1), { kind: 'timedOut', detail: 'silent' });
    expect(row(core, 'a')).toBeUndefined();
    core.pass(10_000);
    core.exit(id(2), { kind: 'issueInactive', issue: null });
    expect(started(reRead(core))).toEqual(['MT-1 on b as attempt 1']);
  });

  test('removes a host goes on showing its connections, until there are none and nothing runs there', () => {
    const core = pool(2);
    const link = (connections: number, sessions: number): void => {
      core.send({ type: 'linkChanged', host: 'a', link: { connections, sessions } });
    };
    link(1, 3);

    reload(core, { hosts: ['b'] });
    expect(row(core, 'a')?.link).toEqual({ connections: 1, sessions: 3 });
    link(2, 1);
    expect(row(core, 'a')?.link).toEqual({ connections: 2, sessions: 1 });
    core.exit(id(1), { kind: 'issueInactive', issue: null });
    link(0, 0);
    reload(core, { hosts: ['a', 'b'] });

    expect(row(core, 'a')?.link).toBeNull();
  });

  test('removes hosts without connections forgets what they said, however many there were', () => {
    const core = pool(1);
    for (let index = 0; index < 50; index += 1) {
      reload(core, { hosts: [`h${index}`, 'b'] });
      core.send({ type: 'linkChanged', host: `h${index}`, link: { connections: 1, sessions: 1 } });
      core.send({ type: 'linkChanged', host: `h${index}`, link: { connections: 0, sessions: 0 } });
    }

    expect([...core.state.links.keys()]).toEqual(['h49']);
  });

  test('renames a host drains the old name and uses the new one', () => {
    const core = pool(3);

    reload(core, { hosts: ['a2', 'b'] });

    expect(started(core.answerPoll(issues.slice(2, 3)))).toEqual(['MT-3 on a2']);
    expect(row(core, 'a')?.isDraining).toBe(true);
  });

  test('removes a host that is down, and adds it again, finds nothing bad of it', () => {
    const core = pool(2);
    core.loseHost(id(1), false);
    reRead(core);
    core.pass(10_000);
    reload(core, { hosts: ['b'] });
    core.answerPoll(issues.slice(0, 1));
    core.send({ type: 'hostFailed', request: 2, host: 'a', failure: UNREACHABLE });
    reload(core, { hosts: ['b', 'a'] });

    expect(row(core, 'a')).toMatchObject({ down: null });
    expect(started(core.answerPoll(issues.slice(0, 1)))).toEqual(['MT-1 on a']);
  });

  test('keeps a host lets it stay down', () => {
    const core = pool(1);
    core.loseHost(id(1), true);

    reload(core, { hosts: ['a', 'c'] });

    expect(row(core, 'a')?.down).toMatchObject({ reason: 'no route' });
    expect(tries(core.pass(10_000))).toEqual(['a']);
  });

  test('puts work on hosts drains this machine, and back', () => {
    const core = pool(2, { hosts: ['local'], maxConcurrentAgentsPerHost: null, maxConcurrentAgents: 2 });
    expect(snapshot(core.state, core).hosts).toEqual([]);

    reload(core, { hosts: ['a'], maxConcurrentAgents: 3 });
    const toHosts = started(core.answerPoll(issues.slice(2)));
    core.pass(5_000);
    core.exit(id(1), { kind: 'issueInactive', issue: null });
    const moreOnHosts = started(reRead(core));
    reload(core, { hosts: ['local'], maxConcurrentAgentsPerHost: null, maxConcurrentAgents: 3 });

    expect(toHosts).toEqual(['MT-3 on a']);
    expect(moreOnHosts).toEqual([]);
    expect(started(core.answerPoll(issues.slice(3)))).toEqual(['MT-4 on local']);
    expect(snapshot(core.state, core).hosts).toMatchObject([{ name: 'a', running: 1, isDraining: true }]);
  });

  test('comes after the shutdown surveys nothing', () => {
    const core = pool(1);
    core.send({ type: 'shutdownRequested' });

    expect(reload(core, { hosts: ['a', 'b', 'c'] })).toEqual([]);
  });
});
