import type { AttemptResponse } from '../daemon/wire.js';
import { inWords, span } from './format.js';
import { phaseName } from './rows.js';
import type { Tone } from './tracker-health.js';

/** One phase of a run attempt. */
export interface PhaseSpan {
  readonly phase: string;
  readonly name: string;
  readonly durationMs: number;
  readonly duration: string;
}

/** How long each phase took; the last one until the end, or until now while it lives. */
export function phaseSpans({ phases, ended_at }: AttemptResponse, nowMs: number): readonly PhaseSpan[] {
  const endMs = ended_at === null ? nowMs : Date.parse(ended_at);
  return phases.map(({ phase, at }, index) => {
    const next = phases[index + 1];
    const durationMs = Math.max((next === undefined ? endMs : Date.parse(next.at)) - Date.parse(at), 0);
    return { phase, name: phaseName(phase), durationMs, duration: span(durationMs) };
  });
}

/** How long an attempt took, or has taken so far. */
export function attemptDuration({ started_at, ended_at }: AttemptResponse, nowMs: number): string {
  return span((ended_at === null ? nowMs : Date.parse(ended_at)) - Date.parse(started_at));
}

const OUTCOMES: { readonly [outcome: string]: { readonly name: string; readonly tone: Tone } } = {
  turnsExhausted: { name: 'all turns used', tone: 'good' },
  issueInactive: { name: 'issue no longer active', tone: 'good' },
  agentFailed: { name: 'agent failed', tone: 'error' },
  timedOut: { name: 'timed out', tone: 'error' },
  inputRequired: { name: 'waits for a person', tone: 'warning' },
  usageLimited: { name: 'usage limit reached', tone: 'warning' },
  workspaceFailed: { name: 'workspace failed', tone: 'error' },
  hostUnreachable: { name: 'host unreachable', tone: 'error' },
  stopped: { name: 'stopped', tone: 'quiet' },
};

/** How an attempt ended, in words. */
export function outcomeOf(outcome: string | null): { readonly name: string; readonly tone: Tone } {
  if (outcome === null) return { name: 'running', tone: 'good' };
  return OUTCOMES[outcome] ?? { name: inWords(outcome), tone: 'quiet' };
}
