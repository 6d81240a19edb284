import { clockTime } from '../domain/clock-time.js';
import type { Standing } from '../domain/explanation.js';
import type { Question } from '../domain/session.js';
import type { Claim, RunningClaim, StoppingClaim } from './claim.js';

/** What a blocked issue waits for, in words. */
export const BLOCKED_BECAUSE: { readonly [kind in Question['kind']]: string } = {
  commandApproval: 'approval required: the agent wants to run a command',
  fileChangeApproval: 'approval required: the agent wants to change files',
  permission: 'approval required: the agent wants more permissions',
  userInput: 'operator input required: the agent asks a question',
  elicitation: 'operator input required: a tool of the agent asks',
};

/** Where a claimed issue stands. */
export function standingOf({ kind }: Claim): Standing {
  return kind === 'retryQueued' ? 'retrying' : kind;
}

/** What a claim does, in one line. */
export function claimFact(claim: Claim, now: { readonly atMs: number; readonly wallMs: number }): string {
  const at = (atMs: number): string => clockTime(atMs - now.atMs + now.wallMs, now.wallMs);
  switch (claim.kind) {
    case 'running':
      return `being worked on: ${runFact(claim, now.wallMs)}`;
    case 'stopping':
      return `its run is being stopped (${claim.cause}): ${runFact(claim, now.wallMs)}`;
    case 'retryQueued': {
      const why = claim.error === null ? 'continuation' : claim.error;
      return claim.stage === 'due'
        ? `attempt ${claim.attempt} is due: ${why}`
        : `retry ${claim.attempt} at ${at(claim.dueAtMs)}: ${why}`;
    }
    case 'blocked':
      return `blocked since ${clockTime(claim.blockedWallMs, now.wallMs)}, ${BLOCKED_BECAUSE[claim.question.kind]}: ${claim.question.text}`;
    case 'parked':
      return claim.until === null
        ? `set aside until someone orders a retry or its release: ${claim.reason}`
        : `set aside until ${clockTime(claim.until.wallMs, now.wallMs)}: ${claim.reason}`;
  }
}

function runFact({ attempt, phase, startedWallMs, report }: RunningClaim | StoppingClaim, wallMs: number) {
  const turns = report.turnCount === 0 ? '' : `, turn ${report.turnCount}`;
  const which = attempt === null ? 'first run' : `attempt ${attempt}`;
  return `${which} since ${clockTime(startedWallMs, wallMs)}, ${PHASE_WORDS[phase]}${turns}`;
}

/** What a run does in each phase, in words. */
export const PHASE_WORDS: { readonly [phase in RunningClaim['phase']]: string } = {
  preparingWorkspace: 'preparing its workspace',
  buildingPrompt: 'building its prompt',
  launchingAgent: 'launching its agent',
  streamingTurn: 'its agent works',
  finishing: 'finishing',
};
