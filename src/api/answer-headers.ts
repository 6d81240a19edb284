/**
 * What every answer says, also one that the HTTP server gives before any route is found: not to be kept, guessed at,
 * embedded or framed.
 */
export const ANSWER_HEADERS = {
  'cache-control': 'no-store',
  // The files of the page have a policy of their own.
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};
