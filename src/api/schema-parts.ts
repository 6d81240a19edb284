import { z } from 'zod';

/** ISO 8601 in UTC with whole seconds, as the samples of SPEC 13.7.2 show. */
export const Time = z.iso.datetime({ precision: 0 });

/** What was used. */
export const Tokens = z.strictObject({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  total_tokens: z.int().nonnegative(),
});

/** Something that an operator should see. */
export const Problem = z.strictObject({
  at: Time,
  code: z.string(),
  message: z.string(),
  issue_identifier: z.string().nullable(),
});

/** Which issue is meant. */
export const Identity = z.strictObject({
  issue_id: z.string(),
  issue_identifier: z.string(),
  issue_url: z.string().nullable(),
  title: z.string(),
  state: z.string(),
});
