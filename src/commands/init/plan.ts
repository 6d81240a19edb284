import type { LinearProject } from '../../trackers/linear/projects.js';
import type { StateGroups } from '../../trackers/linear/state-groups.js';

/** The trackers that a first workflow file can be written for. */
export const INIT_TRACKERS = ['local', 'linear'] as const;
export type InitTracker = (typeof INIT_TRACKERS)[number];

/** The agents that it can be written for. */
export const INIT_AGENTS = ['codex', 'scripted'] as const;
export type InitAgent = (typeof INIT_AGENTS)[number];

/** A board of files. */
export interface LocalPlan {
  readonly kind: 'local';
  /** As it is written into the file. */
  readonly board: string;
  /** Absolute. */
  readonly boardPath: string;
  readonly wantsExample: boolean;
}

/** A project in Linear. */
export interface LinearPlan {
  readonly kind: 'linear';
  readonly project: LinearProject;
  readonly states: StateGroups;
  /** The variable that holds the key; the key itself is written nowhere. */
  readonly apiKeyName: string;
  /** Null for Linear itself. */
  readonly endpoint: string | null;
}

/** All that a workflow file is written from; nothing is open any more. */
export interface InitPlan {
  readonly tracker: LocalPlan | LinearPlan;
  readonly agent: InitAgent;
  /** What each workspace is a clone of; null for empty workspaces. */
  readonly repository: string | null;
  /** Parent of the workspaces, as it is written into the file. */
  readonly workspaceRoot: string;
}
