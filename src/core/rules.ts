import { clockTime } from '../domain/clock-time.js';
import type { RuleName } from '../domain/explanation.js';
import { type IssueFacts, normalizedState } from '../domain/issue.js';
import { isActive, isTerminal, missingLabels } from '../domain/routing.js';
import { hostFor, hostRoom, hostsFact } from './placement.js';
import type { State } from './state.js';

/** Whose runs hold the slots, for the facts of rules; gathered only when one asks. */
export interface Facts {
  readonly atMs: number;
  readonly wallMs: number;
  /** Identifiers of live runs in a state, or in any with null. */
  slotHolders(state: string | null): readonly string[];
}

/**
 * One rule of dispatch (SPEC 8.2, 8.3). `keeps` is what dispatch asks; `fact` tells, of the same issue and state, what
 * the answer rests on. They stand together so that no explanation can say something else than what is done.
 */
export interface Rule {
  readonly name: RuleName;
  /** Whether the issue may start as far as this rule goes. */
  readonly keeps: (issue: IssueFacts, state: State) => boolean;
  readonly fact: (issue: IssueFacts, state: State, facts: Facts) => string;
}

/** Rules about the issue itself: one that breaks any is no candidate. */
export const ELIGIBILITY: readonly Rule[] = [
  {
    name: 'complete',
    keeps: ({ id, identifier, title, state }) =>
      [id, identifier, title, state].every((text) => text.trim() !== ''),
    fact: ({ title, state }) => {
      if (title.trim() === '') return 'its title is blank';
      return state.trim() === '' ? 'its state is blank' : 'id, identifier, title and state are there';
    },
  },
  {
    name: 'not_terminal',
    keeps: (issue, { settings }) => !isTerminal(issue, settings),
    fact: (issue, { settings }) =>
      `state ${issue.state} is ${isTerminal(issue, settings) ? 'terminal' : 'not terminal'}`,
  },
  {
    name: 'active',
    keeps: (issue, { settings }) => isActive(issue, settings),
    fact: (issue, { settings }) =>
      `state ${issue.state} is ${isActive(issue, settings) ? 'active' : `not among the active ones: ${settings.activeStates.join(', ')}`}`,
  },
  {
    name: 'dispatchable',
    keeps: ({ dispatchable }) => dispatchable,
    fact: ({ dispatchable, notDispatchableBecause }) =>
      dispatchable
        ? 'the tracker calls it dispatchable'
        : (notDispatchableBecause ?? 'the tracker calls it not dispatchable'),
  },
  {
    name: 'required_labels',
    keeps: (issue, { settings }) => missingLabels(issue, settings).length === 0,
    fact: labelsFact,
  },
  {
    name: 'workspace_free',
    keeps: ({ id }, { removing }) => !removing.has(id),
    fact: ({ id }, { removing }) =>
      removing.has(id) ? 'its old workspace is being removed' : 'its workspace is not being removed',
  },
];

/** A rule about the daemon, whatever the issue. */
export interface DaemonRule {
  readonly name: RuleName;
  readonly keeps: (state: State) => boolean;
  readonly fact: (state: State, facts: Facts) => string;
  /** What has to happen first where the rule is broken, behind "once". */
  readonly until: (state: State) => string;
}

/** While one of these is broken nothing new starts. */
export const READINESS: readonly DaemonRule[] = [
  {
    name: 'daemon_running',
    keeps: ({ mode }) => mode === 'running',
    fact: ({ mode }) => (mode === 'running' ? 'the daemon is running' : 'the daemon is stopping'),
    until: () => 'the daemon runs again',
  },
  {
    name: 'not_held',
    keeps: ({ hold }) => hold === null,
    fact: ({ hold }, { wallMs }) =>
      hold === null
        ? 'dispatch is not paused'
        : `dispatch is ${hold.kind} since ${clockTime(hold.sinceWallMs, wallMs)}`,
    until: () => 'dispatch is resumed',
  },
  {
    name: 'workflow_valid',
    keeps: ({ workflowProblem }) => workflowProblem === null,
    fact: ({ workflowProblem }) =>
      workflowProblem === null
        ? 'the workflow file is valid'
        : `dispatch stopped: ${workflowProblem.message}`,
    until: () => 'the workflow file is mended',
  },
  {
    name: 'account_not_limited',
    keeps: ({ accountLimit }) => accountLimit === null,
    fact: ({ accountLimit }, { wallMs }) =>
      accountLimit === null
        ? 'no limit of the agent\u2019s account is in force'
        : `${accountLimit.reason}, until ${clockTime(accountLimit.until.wallMs, wallMs)}`,
    until: limitPassed,
  },
];

/** Its day is named unless it is near the last answer of the tracker: what time it is now is not known here. */
export function limitPassed({ accountLimit, poll, startedWallMs }: State): string {
  const at =
    accountLimit === null
      ? ''
      : ` at ${clockTime(accountLimit.until.wallMs, poll.lastSuccessWallMs ?? startedWallMs)}`;
  return `the limit of the agent\u2019s account has passed${at}`;
}

/** Whether the tracker may be asked about single issues now: it neither just failed nor throttled us. */
export function mayAskTracker({ queue, poll }: State, atMs: number): boolean {
  return !queue.held && atMs >= poll.notBeforeMs;
}

/** What `mayAskTracker` rests on. */
export function trackerFact(state: State, { atMs, wallMs }: Facts): string {
  const { queue, poll } = state;
  if (atMs < poll.notBeforeMs) {
    const until = clockTime(poll.notBeforeMs - atMs + wallMs, wallMs);
    return `the tracker is asked nothing until ${until}${poll.failure === null ? '' : `: ${poll.failure.message}`}`;
  }
  if (poll.failure !== null) return `the last poll failed: ${poll.failure.message}; ${nextQuestion(state)}`;
  if (queue.held) return 'the tracker did not answer, it is asked again with the next poll';
  if (poll.lastSuccessWallMs === null) return 'the tracker has not answered yet';
  return `the tracker answered at ${clockTime(poll.lastSuccessWallMs, wallMs)}`;
}

/** When a tracker that failed a poll is asked again: a failed poll forbids no question about what gets a slot. */
function nextQuestion(state: State): string {
  if (state.queue.held) return 'nothing starts before one succeeds';
  if (state.fill !== null) return 'it is being asked about what could start';
  return roomForRuns(state) > 0
    ? 'it is asked again with the next one at the latest'
    : 'it is asked again as soon as there is a slot';
}

/** Free slots, globally (SPEC 8.3); a limit lowered below the live runs gives none. */
export function freeSlots({ slots, settings }: State): number {
  return Math.max(settings.maxConcurrentAgents - slots.held, 0);
}

/** How many runs could start as far as limits for all issues go, and as hosts that answer have room. */
export function roomForRuns(state: State): number {
  const free = freeSlots(state);
  return free === 0 ? 0 : Math.min(free, hostRoom(state));
}

/** Whether the limit of the issue's state leaves room for it beside those that are reserved. */
export function hasStateSlot(
  issue: IssueFacts,
  state: State,
  reserved: ReadonlyMap<string, number> = NOTHING_RESERVED,
): boolean {
  const limit = stateLimit(issue, state);
  if (limit === null) return true;
  const name = normalizedState(issue.state);
  return state.slots.byState.get(name, 0) + (reserved.get(name) ?? 0) < limit;
}

const NOTHING_RESERVED: ReadonlyMap<string, number> = new Map();

function stateLimit(issue: IssueFacts, { settings }: State): number | null {
  const name = normalizedState(issue.state);
  const limits = settings.maxConcurrentAgentsByState;
  return (Object.hasOwn(limits, name) ? limits[name] : undefined) ?? null;
}

/** Rules about room: one that is broken makes an issue wait its turn. */
export const ROOM: readonly Rule[] = [
  {
    name: 'slot_free',
    keeps: (_issue, state) => freeSlots(state) > 0,
    fact: (_issue, { slots, settings }, facts) =>
      slotsFact(slots.held, settings.maxConcurrentAgents, facts.slotHolders(null)),
  },
  {
    name: 'state_slot_free',
    keeps: (issue, state) => hasStateSlot(issue, state),
    fact: (issue, state, facts) => {
      const limit = stateLimit(issue, state);
      if (limit === null) return `${issue.state} has no limit of its own`;
      const name = normalizedState(issue.state);
      return `${issue.state} ${slotsFact(state.slots.byState.get(name, 0), limit, facts.slotHolders(name))}`;
    },
  },
  {
    name: 'host_free',
    keeps: (issue, state) => hostFor(issue, state) !== null,
    fact: (issue, state, facts) => hostsFact(issue, state, facts),
  },
];

const HOLDERS_NAMED = 5;

function slotsFact(held: number, limit: number, holders: readonly string[]): string {
  const used = `${held}/${limit} slots used`;
  if (holders.length === 0) return used;
  const more = holders.length > HOLDERS_NAMED ? ` and ${holders.length - HOLDERS_NAMED} more` : '';
  return `${used} by ${holders.slice(0, HOLDERS_NAMED).join(', ')}${more}`;
}

function labelsFact(issue: IssueFacts, { settings }: State): string {
  if (settings.requiredLabels.length === 0) return 'no label is required';
  const missing = missingLabels(issue, settings);
  if (missing.length === 0) return `it has the required labels ${settings.requiredLabels.join(', ')}`;
  const quoted = missing.map((label) => `\`${label}\``).join(', ');
  return `${missing.length === 1 ? 'label' : 'labels'} ${quoted} missing`;
}
