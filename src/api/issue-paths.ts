import { z } from 'zod';

/** What the address of an issue holds. */
export const OF_ISSUE = z.object({
  issue_identifier: z.string().describe('The key that people know, percent-encoded: `MT-649`, `team%2Fa-1`.'),
});

/** The two addresses of an issue; only the first is free of doubt, for an issue may be called "state". */
export function issuePaths(verb?: string): readonly string[] {
  const end = verb === undefined ? '' : `/${verb}`;
  return [`/api/v1/issues/{issue_identifier}${end}`, `/api/v1/{issue_identifier}${end}`];
}
