import { type Answer, extensions, refusal } from './answer.js';

const API_KEY = /^lin_api_/;

/** The refusal of a credential, or null for the key that the fake knows. It knows no OAuth tokens. */
export function refuseCredential(authorization: string | null, apiKey: string): Answer | null {
  if (authorization === apiKey) return null;
  const [, token] = /^Bearer\s+(.*)$/i.exec(authorization ?? '') ?? [];
  return token !== undefined && API_KEY.test(token) ? KEY_AS_BEARER : unauthenticated();
}

export function unauthenticated(): Answer {
  return refusal(401, {
    message: 'Authentication required, not authenticated',
    extensions: extensions(
      'authentication error',
      'AUTHENTICATION_ERROR',
      401,
      'You need to authenticate to access this operation.',
    ),
  });
}

const BEARER_MESSAGE =
  "It looks like you're trying to use an API key as a Bearer token. Remove the Bearer prefix from the Authorization header.";

const KEY_AS_BEARER = refusal(400, {
  message: BEARER_MESSAGE,
  extensions: extensions('authentication error', 'AUTHENTICATION_ERROR', 400, BEARER_MESSAGE),
});
