import type { ExplainResponse, IssueResponse } from '../daemon/wire.js';

export type IssueOrder = 'stop' | 'retry' | 'release';
export type Standing = IssueResponse['status'] | ExplainResponse['standing'];

/** The orders that make sense for an issue; the daemon has the last word. */
export function ordersFor(standing: Standing): readonly IssueOrder[] {
  switch (standing) {
    case 'running':
    case 'waiting':
      return ['stop'];
    case 'retrying':
    case 'blocked':
      return ['retry', 'stop', 'release'];
    case 'parked':
      return ['retry', 'release'];
    case 'stopping':
    case 'ineligible':
    case 'ended':
      return [];
  }
}

/** What the button of an order says. */
export const ORDER_LABELS: { readonly [order in IssueOrder]: string } = {
  stop: 'Stop',
  retry: 'Retry now',
  release: 'Release',
};

/** What an order means, for whoever is asked to confirm it. */
export const ORDER_MEANINGS: { readonly [order in IssueOrder]: string } = {
  stop: 'A live run ends, and the issue is set aside until someone orders a retry or its release.',
  retry: 'Its next run begins as soon as there is a slot.',
  release: 'The claim is forgotten: as long as the issue is active it is taken as if it were new.',
};

const STANDING_WORDS: { readonly [standing in Standing]: string } = {
  running: 'running',
  stopping: 'being stopped',
  retrying: 'waits for a retry',
  blocked: 'waits for a person',
  parked: 'set aside',
  waiting: 'waits for its turn',
  ineligible: 'not eligible',
  ended: 'ended',
};

/** Where an issue stands, in words. */
export function standingName(standing: Standing): string {
  return STANDING_WORDS[standing];
}

const RULE_NAMES: { readonly [rule in ExplainResponse['rules'][number]['rule']]: string } = {
  complete: 'Complete',
  not_terminal: 'Not in a terminal state',
  active: 'In an active state',
  dispatchable: 'Dispatchable',
  required_labels: 'Required labels',
  workspace_free: 'Workspace free',
  claim: 'Claim',
  daemon_running: 'Daemon running',
  not_held: 'Dispatch not held',
  workflow_valid: 'Workflow valid',
  account_not_limited: 'Account not limited',
  tracker_answers: 'Tracker answers',
  slot_free: 'Slot free',
  state_slot_free: 'Slot free for its state',
  host_free: 'Room on a host',
  turn: 'Its turn',
};

/** What a rule asks, in words. */
export function ruleName(rule: keyof typeof RULE_NAMES): string {
  return RULE_NAMES[rule];
}
