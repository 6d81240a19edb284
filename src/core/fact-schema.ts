import { z } from 'zod';
import { Issue } from '../domain/issue.js';
import type { JsonValue } from '../domain/json.js';
import { RUN_PHASES, STOP_CAUSES } from '../domain/run.js';
import { AGENT_EVENTS, QUESTION_KINDS } from '../domain/session.js';
import { type Claim, ON_EXITS } from './claim.js';
import type { Fact } from './facts.js';

// What the journal holds, as a later daemon reads it. The types of the core rule: the compiler holds these to them.

const count = z.int().nonnegative();
const time = z.number();
const attempt = count.nullable();
const usage = z.object({ inputTokens: count, outputTokens: count, totalTokens: count });
const until = z.object({ wallMs: time, atMs: time, follows: z.enum(['wallClock', 'duration']) });
const json = z.custom<JsonValue>((value) => value !== undefined);

const question = z.object({
  kind: z.enum(QUESTION_KINDS),
  text: z.string(),
  choices: z.array(z.string()),
  subject: json.exactOptional(),
});

const answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('approve') }),
  z.object({ kind: z.literal('decline') }),
  z.object({ kind: z.literal('text'), text: z.string() }),
]);

const thread = z.object({
  threadId: z.string(),
  answered: z.object({ question, answer }).nullable(),
});

const report = z.object({
  threadId: z.string().nullable(),
  turnId: z.string().nullable(),
  processId: z.int().nullable(),
  turnCount: count,
  lastEvent: z.enum(AGENT_EVENTS).nullable(),
  lastMessage: z.string().nullable(),
  lastEventWallMs: time.nullable(),
  usage,
});

const held = {
  issue: Issue.omit({ description: true, nativeRef: true }),
  workspace: z.object({ path: z.string().nullable(), host: z.string() }).nullable(),
};

const run = {
  ...held,
  runId: count,
  host: z.string(),
  attempt,
  thread: thread.nullable(),
  phase: z.enum(RUN_PHASES),
  startedAtMs: time,
  startedWallMs: time,
  lastEventAtMs: time,
  report,
};

const claim: z.ZodType<Claim> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('running'), ...run }),
  z.object({
    kind: z.literal('stopping'),
    ...run,
    cause: z.enum(STOP_CAUSES),
    onExit: z.enum(ON_EXITS),
    silentMs: time,
  }),
  z.object({
    kind: z.literal('retryQueued'),
    ...held,
    attempt: count,
    dueAtMs: time,
    error: z.string().nullable(),
    thread: thread.nullable(),
    stage: z.enum(['scheduled', 'due']),
  }),
  z.object({
    kind: z.literal('blocked'),
    ...held,
    attempt,
    question,
    report,
    blockedWallMs: time,
    baselineState: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('parked'),
    ...held,
    cause: z.enum(['usageLimit', 'operator']),
    attempt,
    reason: z.string(),
    until: until.nullable(),
    thread: thread.nullable(),
  }),
]);

const fact: z.ZodType<Fact> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('began'), board: z.string() }),
  z.object({ type: z.literal('claimed'), issueId: z.string(), claim }),
  z.object({ type: z.literal('released'), issueId: z.string() }),
  z.object({ type: z.literal('totalled'), usage, endedRunMs: time }),
  z.object({
    type: z.literal('held'),
    hold: z.object({ kind: z.enum(['paused', 'draining']), sinceWallMs: time }).nullable(),
  }),
  z.object({ type: z.literal('limited'), limit: z.object({ until, reason: z.string() }).nullable() }),
  z.object({ type: z.literal('ended') }),
]);

/** An entry of the journal as a fact, null when it is none that this version knows. */
export function factIn(entry: unknown): Fact | null {
  return fact.safeParse(entry).data ?? null;
}
