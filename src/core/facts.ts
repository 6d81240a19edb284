import type { IssueId } from '../domain/issue.js';
import type { Usage } from '../domain/usage.js';
import type { Claim } from './claim.js';

/** What the journal keeps of a decision: just enough to go on after a crash. */
export type Fact =
  | { readonly type: 'claimed'; readonly issueId: IssueId; readonly claim: Claim }
  | { readonly type: 'released'; readonly issueId: IssueId }
  | { readonly type: 'totalled'; readonly usage: Usage; readonly endedRunMs: number };
