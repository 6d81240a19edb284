import type { Event } from '../../../src/core/events.js';
import { Explanations } from '../../../src/core/explain.js';
import type { State } from '../../../src/core/state.js';
import type { RuleName } from '../../../src/domain/explanation.js';
import type { Step } from './effect-rules.js';
import { broken } from './violation.js';

type EventName = Event['type'];

/** News of issues themselves. */
const NEWS: readonly EventName[] = ['pollAnswered', 'issuesRefreshed'];
/** What lets a claim go on. */
const CLAIM: readonly EventName[] = ['woke', 'questionAnswered', 'issueOrdered', ...NEWS];

/** By which events a rule that held an issue may stop to hold it and let it start in the same step. */
const OVERCOME: { readonly [rule in RuleName]: readonly EventName[] } = {
  complete: NEWS,
  not_terminal: NEWS,
  active: NEWS,
  dispatchable: NEWS,
  required_labels: NEWS,
  workspace_free: ['workspaceRemoved'],
  claim: CLAIM,
  daemon_running: [],
  not_held: ['dispatchOrdered'],
  workflow_valid: [],
  account_not_limited: ['woke', 'issueOrdered', 'dispatchOrdered'],
  tracker_answers: NEWS,
  slot_free: ['runExited'],
  state_slot_free: ['runExited', ...NEWS],
  host_free: ['runExited', 'hostAnswered', 'workspacesSurveyed', 'surveyFailed'],
  turn: ['runExited', 'workspaceRemoved', 'hostAnswered', 'workspacesSurveyed', 'surveyFailed', ...CLAIM],
};

/** Whoever asked why an issue does not start was told something that this event changed, if it starts now. */
export function checkExplained({ event, before, decision }: Step): void {
  const started = decision.effects.flatMap((effect) => (effect.type === 'startRun' ? [effect.issue] : []));
  if (started.length === 0) return;
  const explanations = new Explanations(before, event);
  for (const { identifier } of started) {
    for (const { rule, verdict, fact } of explanations.of(identifier)?.rules ?? []) {
      if (verdict === 'holds' && !OVERCOME[rule].includes(event.type))
        broken('explain', `${identifier} is started by ${event.type} though ${rule} holds it: ${fact}`);
    }
  }
}

/** The board tells of each known issue once, and the same as its own explanation; dearer, so not looked at each time. */
export function checkBoard(state: State, now: { readonly atMs: number; readonly wallMs: number }): void {
  const explanations = new Explanations(state, now);
  const board = explanations.board();
  const { claims, queue } = state;
  const unclaimed = [...queue.waiting, ...queue.excluded].filter(({ id }) => !claims.has(id));
  if (new Set(board.map(({ issueId }) => issueId)).size !== claims.size + unclaimed.length)
    broken('explain', `${board.length} lines for ${claims.size + unclaimed.length} issues`);
  for (const { issueId, identifier, reason, standing } of board) {
    const explanation = explanations.of(identifier);
    if (explanation?.headline !== reason) broken('explain', `${issueId} is explained in two ways`);
    const unheld = explanation.rules.every(({ verdict }) => verdict === 'passes');
    if (unheld && standing !== 'waiting' && standing !== 'retrying' && standing !== 'running')
      broken('explain', `nothing holds ${issueId}, which is ${standing}`);
  }
}
