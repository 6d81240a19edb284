import { applyToDaemon } from './daemon-events.js';
import { type Decision, Draft } from './draft.js';
import type { Event } from './events.js';
import { dispatchOrdered, endDrain, issueOrdered } from './orders.js';
import { pollAnswered, pollFailed, requestPoll, trackerChanged } from './poll.js';
import { questionAnswered } from './questions.js';
import { issuesChanged, issuesRefreshed, issuesRefreshFailed, issuesSeen } from './re-read.js';
import { runAdvanced, runExited, runReported } from './runs.js';
import type { State } from './state.js';
import {
  surveyFailed,
  sweepFailed,
  terminalIssuesListed,
  workspaceRemoved,
  workspacesSurveyed,
} from './sweep.js';

/**
 * Advances the orchestrator by one event. Synchronous and pure: same inputs, same decision.
 *
 * Invariants, checked by the simulation after every event:
 *   C1. An issue has at most one claim: running, stopping, retryQueued, blocked or parked.
 *   C2. Live runs are the claims running or stopping, and none starts beyond the limits. A run being stopped still
 *       holds its slot.
 *   C3. Reconcile comes before dispatch in every poll; a failed poll dispatches nothing and stops nothing.
 *   C4. Each request effect gets exactly one answering event; the engine sees to it.
 *   C5. A workspace is removed only after the run in it has exited, and no run starts in it meanwhile.
 *   C6. A late answer about a claim that has changed since is ignored. Answers carry what was asked.
 *   C7. Each deadline is computed by one function, used both for the wake-up and for the check.
 *   C8. Backoff and stalls use `atMs`, which never decreases; resets of limits use `wallMs`.
 */
export function decide(state: State, event: Event): Decision {
  const draft = new Draft(state, event);
  apply(draft, event);
  endDrain(draft);
  return draft.finish();
}

function apply(draft: Draft, event: Event): void {
  switch (event.type) {
    case 'refreshRequested':
      requestPoll(draft, 0);
      break;
    case 'trackerChanged':
      trackerChanged(draft);
      break;
    case 'issuesChanged':
      issuesChanged(draft, event);
      break;
    case 'issuesSeen':
      issuesSeen(draft, event);
      break;
    case 'pollAnswered':
      pollAnswered(draft, event);
      break;
    case 'pollFailed':
      pollFailed(draft, event);
      break;
    case 'issuesRefreshed':
      issuesRefreshed(draft, event);
      break;
    case 'issuesRefreshFailed':
      issuesRefreshFailed(draft, event);
      break;
    case 'workspacesSurveyed':
      workspacesSurveyed(draft, event);
      break;
    case 'terminalIssuesListed':
      terminalIssuesListed(draft, event);
      break;
    case 'surveyFailed':
      surveyFailed(draft, event);
      break;
    case 'sweepFailed':
      sweepFailed(draft, event);
      break;
    case 'workspaceRemoved':
      workspaceRemoved(draft, event);
      break;
    case 'runAdvanced':
      runAdvanced(draft, event);
      break;
    case 'runReported':
      runReported(draft, event);
      break;
    case 'runExited':
      runExited(draft, event);
      break;
    case 'questionAnswered':
      questionAnswered(draft, event);
      break;
    case 'issueOrdered':
      issueOrdered(draft, event);
      break;
    case 'dispatchOrdered':
      dispatchOrdered(draft, event);
      break;
    default:
      applyToDaemon(draft, event);
      break;
  }
}
