import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../domain/json.js';

// What we read of the app-server's messages, and nothing else: fields come and go between versions, so everything that
// is not needed to go on is optional, and a field of a surprising type counts as missing.

const text = z.string().nullable().catch(null).default(null);
const json = z.custom<JsonValue>((value) => value !== undefined);

/** The result of `thread/start` and `thread/resume`. */
export const ThreadOpened = z.looseObject({
  thread: z.looseObject({ id: z.string().min(1) }),
});

/** An agent's own account of a failure. */
export const TurnError = z.looseObject({
  message: text,
  /** A word, or an object with one key that is the word. */
  codexErrorInfo: json.nullable().catch(null).default(null),
  additionalDetails: text,
});
export type TurnError = z.infer<typeof TurnError>;

/** `turn/completed`; very old servers and simple stand-ins send it bare. */
export const TurnCompleted = z.looseObject({
  turn: z
    .looseObject({
      id: text,
      status: text,
      error: TurnError.nullable().catch(null).default(null),
    })
    .nullable()
    .catch(null)
    .default(null),
});

/** An `error` notification; with `willRetry` the turn goes on. */
export const ErrorNotice = z.looseObject({
  error: TurnError.nullable().catch(null).default(null),
  willRetry: z.boolean().catch(false).default(false),
});

/** `item/tool/call`: the name comes as `tool`, in older versions as `name`. */
export const ToolCall = z.looseObject({
  tool: text,
  name: text,
  arguments: json.catch({}).default({}),
});

/** `item/tool/requestUserInput`. */
export const UserInputRequest = z.looseObject({
  questions: z
    .array(
      z.looseObject({
        id: z.string().catch('').default(''),
        header: text,
        question: text,
        options: z
          .array(z.looseObject({ label: z.string().catch('').default('') }))
          .nullable()
          .catch(null)
          .default(null),
      }),
    )
    .catch([])
    .default([]),
});

/** One for all: a message is asked for dozens of objects that it does not have. */
const EMPTY: JsonObject = Object.freeze({});

/** The value when it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : EMPTY;
}

/** A non-blank text member, else null. */
export function textOf(object: JsonObject, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = object[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return null;
}
