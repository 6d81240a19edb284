import type { RunOutcome } from '../domain/run.js';

/** What an outcome says besides its kind: a code where it has one, and words. */
export interface OutcomeWords {
  readonly code: string | null;
  readonly words: string | null;
}

/** How a run ended, in words. */
function outcomeWords(outcome: RunOutcome): OutcomeWords {
  switch (outcome.kind) {
    case 'turnsExhausted':
      return { code: null, words: `all turns are used, the issue is still in ${outcome.issue.state}` };
    case 'issueInactive':
      return {
        code: null,
        words: outcome.issue === null ? 'the issue is gone' : `the issue is in ${outcome.issue.state} now`,
      };
    case 'agentFailed':
      return { code: outcome.reason, words: outcome.detail };
    case 'workspaceFailed':
      return { code: outcome.step, words: outcome.detail };
    case 'hostUnreachable':
      return { code: outcome.host, words: outcome.detail };
    case 'timedOut':
    case 'usageLimited':
      return { code: null, words: outcome.detail };
    case 'inputRequired':
      return { code: null, words: outcome.question.text };
    case 'stopped':
      return { code: outcome.by, words: null };
  }
}

/** `run ended: agentFailed turn_failed: …` */
export function outcomeSentence(outcome: RunOutcome): string {
  const { code, words } = outcomeWords(outcome);
  return `run ended: ${outcome.kind}${code === null ? '' : ` ${code}`}${words === null ? '' : `: ${words}`}`;
}

/** What an attempt's record keeps of how it ended, null when its kind says all. */
export function outcomeDetail(outcome: RunOutcome): string | null {
  const { code, words } = outcomeWords(outcome);
  const parts = [code, words].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(': ');
}
