import { expect, test } from 'vitest';
import { createAgent } from '../../src/agents/registry.js';
import { type Binding, Bindings } from '../../src/engine/binding.js';
import { systemClock } from '../../src/engine/system-clock.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { aLoadContext } from '../helpers/build.js';
import { oneHost } from '../helpers/memory-host.js';
import { settled } from '../helpers/virtual-clock.js';
import { aHost } from '../helpers/workspace-work.js';

// Goal: a session keeps its tracker to its end, whatever is reloaded meanwhile, and no tracker is left open (SPEC 10.5).

const workflow = parseWorkflow('/srv/team/WORKFLOW.md', '---\ntracker: {kind: board}\n---\n', aLoadContext());
const agent = createAgent('scripted', { clock: systemClock });
const host = aHost();

/** Bindings to trackers by name, and which of them were closed. */
function someBindings({ closeFails = false } = {}) {
  const closed: string[] = [];
  const failures: unknown[] = [];
  const bindingTo = (kind: string): Binding => {
    const tracker: Tracker = {
      kind,
      issuesByStates: async () => [],
      issuesByIds: async () => [],
      tools: {
        specs: [],
        secretEnvironmentNames: [],
        execute: async () => ({ success: false, output: null }),
      },
      close: async () => {
        closed.push(kind);
        if (closeFails) throw new Error('the connection was lost');
      },
    };
    return { workflow, tracker, agent, hosts: oneHost(host) };
  };
  const bindings = new Bindings(bindingTo('first'), (error) => failures.push(error));
  return { bindings, bindingTo, closed, failures };
}

test('a replaced tracker that nobody uses is closed at once', () => {
  const { bindings, bindingTo, closed } = someBindings();

  bindings.replace(bindingTo('second'));

  expect(bindings.current.tracker.kind).toBe('second');
  expect(closed).toEqual(['first']);
});

test('a replaced tracker is closed when the last who holds it lets go, and only once', () => {
  const { bindings, bindingTo, closed } = someBindings();
  const [a, b] = [bindings.hold(), bindings.hold()];

  bindings.replace(bindingTo('second'));
  expect(a.binding.tracker.kind).toBe('first');
  a.release();
  a.release();
  expect(closed).toEqual([]);
  b.release();

  expect(closed).toEqual(['first']);
});

test('another version of the workflow with the same tracker closes nothing', () => {
  const { bindings, closed } = someBindings();
  const held = bindings.hold();

  bindings.replace({ ...bindings.current, workflow });
  held.release();

  expect(closed).toEqual([]);
});

test('at the end each tracker that is still open is closed once, held or not', async () => {
  const { bindings, bindingTo, closed } = someBindings();
  bindings.hold();
  bindings.hold();
  bindings.replace(bindingTo('second'));

  await bindings.close();

  expect(closed.sort()).toEqual(['first', 'second']);
});

test('a tracker that cannot be closed is told and keeps nothing from going on', async () => {
  const { bindings, bindingTo, failures } = someBindings({ closeFails: true });

  bindings.replace(bindingTo('second'));
  await settled();

  expect(failures).toEqual([new Error('the connection was lost')]);
});
