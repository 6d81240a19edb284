import { z } from 'zod';

/** When a changed setting takes effect. */
export type Applies = 'live' | 'new sessions' | 'restart';

/** What a written value means, or what is wrong with it. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

/** A key of the workflow file. */
export interface SettingSpec<T> {
  /** For people, as in the reference. */
  readonly type: string;
  /** The value when the key is missing or null. */
  readonly fallback: T;
  readonly describe: string;
  readonly applies: Applies;
  readonly read: (value: unknown) => Reading<T>;
}

/** What the reference tells of a key. */
export interface SettingMeta {
  readonly description: string;
  readonly type: string;
  readonly fallback: unknown;
  readonly applies: Applies;
}

/** Declares a key: how it is read, what it is when absent, and what the reference says about it. */
export function setting<T>({ type, fallback, describe, applies, read }: SettingSpec<T>) {
  return z
    .unknown()
    .optional()
    .transform((value, context): T => {
      if (value === undefined || value === null) return fallback;
      const reading = read(value);
      if ('value' in reading) return reading.value;
      context.addIssue({ code: 'custom', message: reading.problem, input: value });
      return fallback;
    })
    .meta({ description: describe, type, fallback, applies });
}

/** The declaration of a key; null for a section. */
export function metaOf(schema: z.ZodType): SettingMeta | null {
  const meta = schema.meta();
  return meta !== undefined && 'applies' in meta ? (meta as unknown as SettingMeta) : null;
}
