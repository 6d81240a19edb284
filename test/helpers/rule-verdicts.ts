import { RULES, type RuleName, type RuleVerdict } from '../../src/domain/explanation.js';

type Facts = Partial<Record<RuleName, string>>;

/** What the daemon says of an issue in progress that no rule holds. */
const PASSING: Readonly<Record<RuleName, string>> = {
  complete: 'id, identifier, title and state are there',
  not_terminal: 'state In Progress is not terminal',
  active: 'state In Progress is active',
  dispatchable: 'the tracker calls it dispatchable',
  required_labels: 'no label is required',
  workspace_free: 'its workspace is not being removed',
  claim: 'nobody works on it',
  daemon_running: 'the daemon is running',
  not_held: 'dispatch is not paused',
  workflow_valid: 'the workflow file is valid',
  account_not_limited: 'no limit of the agent’s account is in force',
  tracker_answers: 'the tracker answered at 20:15:12 UTC',
  slot_free: '5/8 slots used by MT-649, MT-655, MT-661, MT-663, MT-664',
  state_slot_free: 'In Progress has no limit of its own',
  host_free: 'runs are on this machine',
  turn: 'number 1 of 15 that wait, in order of priority and age',
};

/** Every rule in the order of dispatch: those of `holding` hold the issue by these facts, the others let it pass. */
export function everyRule(holding: Facts, passing: Facts = {}): readonly RuleVerdict[] {
  return RULES.map((rule) => {
    const held = holding[rule];
    if (held !== undefined) return { rule, verdict: 'holds', fact: held };
    return { rule, verdict: 'passes', fact: passing[rule] ?? PASSING[rule] };
  });
}
