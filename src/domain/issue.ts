import { z } from 'zod';
import type { JsonObject } from './json.js';

/** Opaque dispatch identity of an issue within the tracker's scope; never interpreted (SPEC 4.2). */
export type IssueId = string;

const nonBlank = z.string().refine((text) => text.trim() !== '', 'must not be blank');

/** A blocker of an issue, as far as the tracker tells (SPEC 4.1.1). */
export const BlockerRef = z.object({
  id: z.string().nullable(),
  identifier: z.string().nullable(),
  state: z.string().nullable(),
});
export type BlockerRef = Readonly<z.infer<typeof BlockerRef>>;

/** Normalized work item that every tracker adapter delivers (SPEC 4.1.1, 11.3); times are ISO 8601 in UTC. */
export const Issue = z.object({
  id: nonBlank,
  nativeRef: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null).nullable(),
  identifier: nonBlank,
  title: nonBlank,
  description: z.string().nullable(),
  priority: z.int().nullable(),
  state: nonBlank,
  branchName: z.string().nullable(),
  url: z.string().nullable(),
  assigneeId: z.string().nullable(),
  labels: z.array(z.string()).readonly(),
  blockedBy: z.array(BlockerRef).readonly(),
  dispatchable: z.boolean(),
  /** Why it is not dispatchable, as a phrase that follows "not dispatchable: "; left out when it is. */
  notDispatchableBecause: z.string().optional(),
  createdAt: z.iso.datetime().nullable(),
  updatedAt: z.iso.datetime().nullable(),
});
export type Issue = Readonly<z.infer<typeof Issue>>;

/** What the core, the journal and observers keep of an issue: everything but its long or opaque parts. */
export type IssueFacts = Omit<Issue, 'description' | 'nativeRef'>;

/** Drops the long and opaque parts of an issue. */
export function issueFacts({
  description: _description,
  nativeRef: _nativeRef,
  ...facts
}: Issue): IssueFacts {
  return facts;
}

/** State names are compared trimmed and lower-cased (SPEC 4.2). */
export function normalizedState(state: string): string {
  return state.trim().toLowerCase();
}

/** Trims and lower-cases labels, drops blank ones and repetitions (SPEC 11.3). */
export function normalizedLabels(labels: readonly string[]): string[] {
  return [...new Set(labels.map((label) => label.trim().toLowerCase()).filter((label) => label !== ''))];
}
