import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { remembered } from './facts.js';
import { hostAnswered, hostFailed, linkChanged } from './hosts.js';
import { shutDown, started, storeFailed, workflowBroke, workflowReloaded } from './lifecycle.js';
import { recover } from './recover.js';
import { clockJumped, woke } from './wake.js';

/** Events of the daemon itself: its life, its clocks, its workflow file and its journal. */
type DaemonEvent = EventOf<
  | 'started'
  | 'recovered'
  | 'woke'
  | 'clockJumped'
  | 'workflowReloaded'
  | 'workflowBroke'
  | 'storeFailed'
  | 'problemReported'
  | 'hostAnswered'
  | 'hostFailed'
  | 'linkChanged'
  | 'shutdownRequested'
>;

/** What these events do. */
export function applyToDaemon(draft: Draft, event: DaemonEvent): void {
  switch (event.type) {
    case 'started':
      started(draft);
      break;
    case 'recovered':
      recover(draft, remembered(event.facts));
      break;
    case 'woke':
      woke(draft);
      break;
    case 'clockJumped':
      clockJumped(draft);
      break;
    case 'workflowReloaded':
      workflowReloaded(draft, event);
      break;
    case 'workflowBroke':
      workflowBroke(draft, event.failure);
      break;
    case 'storeFailed':
      storeFailed(draft, event.failure);
      break;
    case 'problemReported':
      draft.problem(event.code, event.message);
      break;
    case 'hostAnswered':
      hostAnswered(draft, event);
      break;
    case 'hostFailed':
      hostFailed(draft, event);
      break;
    case 'linkChanged':
      linkChanged(draft, event);
      break;
    case 'shutdownRequested':
      shutDown(draft);
      break;
  }
}
