import { readdir } from 'node:fs/promises';
import { errorMessage } from '../../domain/error.js';
import { type Finding, ok, problem, warning } from '../../domain/finding.js';
import { type Issue, normalizedState } from '../../domain/issue.js';
import type { TrackerSettings } from '../../domain/settings.js';
import { nearest } from '../../domain/spelling.js';
import { writability } from '../../files/writability.js';
import type { TrackerExamination } from '../adapter.js';
import { labelFindings } from '../label-findings.js';
import { realBoardFiles } from './board-files.js';
import { LocalBoard } from './local-board.js';
import { localPaths } from './paths.js';

/** How many of many are named. */
const MOST_SHOWN = 10;

/** Looks at the folder of the board and reads the issues in it; makes and seeds nothing. */
export async function examineLocal({
  tracker,
  signal,
  ...origin
}: TrackerExamination): Promise<readonly Finding[]> {
  const { board, seed } = localPaths(tracker.provider, origin);
  const seedFindings = seed === null ? [] : [await examineSeed(seed)];
  const place = await writability(board);
  if (place.kind === 'unusable') {
    const mend = 'correct its permissions, or tracker.provider.path';
    return [problem('tracker', `the board ${board} cannot be used: ${place.reason}`, mend), ...seedFindings];
  }
  if (!place.isThere) {
    return [ok('tracker', `the board ${board} is not there yet; the start makes it`), ...seedFindings];
  }
  const problems: string[] = [];
  const reading = new LocalBoard({
    folder: board,
    files: realBoardFiles,
    states: tracker,
    reportProblem: ({ message }) => problems.push(message),
  });
  const issues = [...(await reading.view(signal)).issues.values()];
  return [
    ok('tracker', `the board ${board} can be read and written`),
    ...seedFindings,
    ...problemFindings(problems),
    ...stateFindings(issues, tracker),
    // On an empty board nothing is missing yet.
    ...(issues.length === 0 ? [] : labelFindings(tracker.requiredLabels, knownLabels(issues))),
  ];
}

function problemFindings(problems: readonly string[]): Finding[] {
  const shown = problems.slice(0, MOST_SHOWN).map((message) => warning('issues', message, null));
  const others = problems.length - shown.length;
  return others === 0 ? shown : [...shown, warning('issues', `${others} more files have problems`, null)];
}

async function examineSeed(seed: string): Promise<Finding> {
  try {
    await readdir(seed);
    return ok('seed', seed);
  } catch (error) {
    const mend = 'correct tracker.provider.seed, or remove the key';
    return problem('seed', `${seed} cannot be read: ${errorMessage(error)}`, mend);
  }
}

/** What issues there are, and the states that are nearly one of the settings and so were probably meant to be it. */
function stateFindings(
  issues: readonly Issue[],
  { activeStates, terminalStates }: Pick<TrackerSettings, 'activeStates' | 'terminalStates'>,
): Finding[] {
  const known = [...activeStates, ...terminalStates];
  const names = known.map(normalizedState);
  const misspelt = [...byState(issues)].flatMap(([state, identifiers]) => {
    if (names.includes(normalizedState(state))) return [];
    const near = nearest(normalizedState(state), names);
    const meant = known.find((name) => normalizedState(name) === near);
    if (meant === undefined) return [];
    const others = identifiers.length > MOST_SHOWN ? ', …' : '';
    const named = `${identifiers.slice(0, MOST_SHOWN).join(', ')}${others}`;
    const detail = `${named}: the state "${state}" is neither active nor terminal`;
    return [warning('states', detail, `write "${meant}" there, or name the state in the workflow file`)];
  });
  return misspelt.length > 0 ? misspelt : [ok('states', countsOf(issues))];
}

function countsOf(issues: readonly Issue[]): string {
  if (issues.length === 0) return 'the board has no issues yet';
  return [...byState(issues)].map(([state, identifiers]) => `${identifiers.length} ${state}`).join(', ');
}

function byState(issues: readonly Issue[]): ReadonlyMap<string, readonly string[]> {
  const states = new Map<string, readonly string[]>();
  for (const { state, identifier } of issues) states.set(state, [...(states.get(state) ?? []), identifier]);
  return states;
}

function knownLabels(issues: readonly Issue[]) {
  return { labels: [...new Set(issues.flatMap(({ labels }) => labels))], where: 'the board' };
}
