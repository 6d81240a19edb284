import { z } from 'zod';

/** How many of something are asked for. */
export function limit(most: number) {
  const error = `limit is not a whole number from 1 to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(1, { error }).max(most, { error }).optional();
}

/** A text that names something; what is longer names nothing of ours. */
export function name(parameter: string, most: number) {
  const error = `${parameter} is not one text of at most ${most} characters`;
  return z.string({ error }).max(most, { error }).optional();
}

/** Which events are asked for. */
export const EVENTS_QUERY = z.object({
  after: name('after', 200).describe('Only later events than the one with this id; the latest unless given.'),
  limit: limit(1_000).describe(
    'How many at most; 100 unless given. A stream without `after` begins with so many of the latest, with none unless given.',
  ),
});
