/** What every answer says, also one that the HTTP server gives before any route is found: not to be kept, guessed at or embedded. */
export const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};
