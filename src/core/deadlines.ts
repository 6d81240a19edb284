import { Map as PersistentMap } from 'immutable';
import type { IssueId } from '../domain/issue.js';

/**
 * When claims want to be looked at again: one entry per issue, the earliest first. Persistent, so a decision never
 * changes an older state; each operation costs the logarithm of the number of entries.
 */
export interface Deadlines {
  readonly root: Node | null;
  readonly atMs: PersistentMap<IssueId, number>;
}

interface Node {
  readonly atMs: number;
  readonly issueId: IssueId;
  readonly weight: number;
  readonly left: Node | null;
  readonly right: Node | null;
}

export const NO_DEADLINES: Deadlines = { root: null, atMs: PersistentMap() };

/** Sets, moves or (with null) drops the deadline of an issue. */
export function withDeadline(deadlines: Deadlines, issueId: IssueId, atMs: number | null): Deadlines {
  const previous = deadlines.atMs.get(issueId);
  if (previous === (atMs ?? undefined)) return deadlines;
  const root = previous === undefined ? deadlines.root : removed(deadlines.root, previous, issueId);
  if (atMs === null) return { root, atMs: deadlines.atMs.delete(issueId) };
  const node = { atMs, issueId, weight: weightOf(issueId, atMs), left: null, right: null };
  return { root: inserted(root, node), atMs: deadlines.atMs.set(issueId, atMs) };
}

/** The earliest deadline, null when there is none. */
export function earliest({ root }: Deadlines): { readonly atMs: number; readonly issueId: IssueId } | null {
  let node = root;
  while (node?.left) node = node.left;
  return node;
}

function isBefore(atMs: number, issueId: IssueId, node: Node): boolean {
  return atMs < node.atMs || (atMs === node.atMs && issueId < node.issueId);
}

function inserted(node: Node | null, added: Node): Node {
  if (node === null) return added;
  if (added.weight > node.weight) {
    const [left, right] = split(node, added);
    return { ...added, left, right };
  }
  if (isBefore(added.atMs, added.issueId, node)) return { ...node, left: inserted(node.left, added) };
  return { ...node, right: inserted(node.right, added) };
}

function split(node: Node | null, at: Node): readonly [Node | null, Node | null] {
  if (node === null) return [null, null];
  if (isBefore(at.atMs, at.issueId, node)) {
    const [left, right] = split(node.left, at);
    return [left, { ...node, left: right }];
  }
  const [left, right] = split(node.right, at);
  return [{ ...node, right: left }, right];
}

function removed(node: Node | null, atMs: number, issueId: IssueId): Node | null {
  if (node === null) return null;
  if (node.atMs === atMs && node.issueId === issueId) return merged(node.left, node.right);
  if (isBefore(atMs, issueId, node)) return { ...node, left: removed(node.left, atMs, issueId) };
  return { ...node, right: removed(node.right, atMs, issueId) };
}

function merged(left: Node | null, right: Node | null): Node | null {
  if (left === null) return right;
  if (right === null) return left;
  if (left.weight > right.weight) return { ...left, right: merged(left.right, right) };
  return { ...right, left: merged(left, right.left) };
}

/** A treap stays shallow when weights look random; a hash makes them so without randomness in the core. */
function weightOf(issueId: IssueId, atMs: number): number {
  let hash = 0x811c9dc5 ^ (atMs & 0xffffffff);
  for (let index = 0; index < issueId.length; index += 1) {
    hash = Math.imul(hash ^ issueId.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
