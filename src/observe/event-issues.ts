import type { Event } from '../core/events.js';
import type { IssueFacts } from '../domain/issue.js';

/** The issues that an event shows as the tracker has them now. */
export function issuesShownBy(event: Event): readonly IssueFacts[] {
  switch (event.type) {
    case 'pollAnswered':
      return [...(event.candidates ?? []), ...event.refreshed];
    case 'issuesRefreshed':
    case 'issuesSeen':
      return event.issues;
    case 'runExited': {
      const { outcome } = event;
      const hasIssue = outcome.kind === 'turnsExhausted' || outcome.kind === 'issueInactive';
      return hasIssue && outcome.issue !== null ? [outcome.issue] : [];
    }
    default:
      return [];
  }
}
