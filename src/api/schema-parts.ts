import { z } from 'zod';
import type { JsonValue } from '../domain/json.js';

/** The schemas that have a name in openapi.json; each is given its name where it is declared. */
export const components = z.registry<{ id: string }>();

/** ISO 8601 in UTC with whole seconds, as the samples of SPEC 13.7.2 show. */
export const Time = z.iso
  .datetime({ precision: 0 })
  .describe('ISO 8601 in UTC, whole seconds.')
  .register(components, { id: 'Time' });

/** Whatever JSON can say. */
export const Json: z.ZodType<JsonValue> = z.json().register(components, { id: 'Json' });

/** What was used. */
export const Tokens = z
  .strictObject({
    input_tokens: z.int().nonnegative(),
    output_tokens: z.int().nonnegative(),
    total_tokens: z.int().nonnegative(),
  })
  .register(components, { id: 'Tokens' });

/** Something that an operator should see. */
export const Problem = z
  .strictObject({
    at: Time,
    code: z.string().describe('A stable code; docs/errors.md tells what to do.'),
    message: z.string(),
    issue_identifier: z.string().nullable(),
  })
  .register(components, { id: 'Problem' });

/** Which issue is meant. */
export const Identity = z.strictObject({
  issue_id: z.string().describe("The tracker's own id, opaque."),
  issue_identifier: z.string().describe('The key that people know, such as MT-649.'),
  issue_url: z.string().nullable().describe('As the tracker gives it, which is not always a web address.'),
  title: z.string(),
  state: z.string().describe("The tracker's name of its state."),
});
