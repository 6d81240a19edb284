import type { IssueResponse, StateResponse } from '../../../api/schema.js';

// The words of the JSON API, as the page gets them.

export type {
  AnswerResponse,
  ErrorResponse,
  IssueResponse,
  RefreshResponse,
  StateResponse,
} from '../../../api/schema.js';
export type {
  AttemptResponse,
  EventResponse,
  TranscriptResponse,
} from '../../../api/schema-history.js';
export type { ExplainResponse, IssuesResponse } from '../../../api/schema-issues.js';
export type { DispatchOrderResponse, IssueOrderResponse } from '../../../api/schema-orders.js';

export type RunningRow = StateResponse['running'][number];
export type RetryingRow = StateResponse['retrying'][number];
export type BlockedRow = StateResponse['blocked'][number];
export type ParkedRow = StateResponse['parked'][number];
export type Problem = StateResponse['problems'][number];
export type TokensAt = IssueResponse['tokens_over_time'][number];
