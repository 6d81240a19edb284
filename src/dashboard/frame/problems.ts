import type { Problem } from '../../domain/snapshot.js';
import { span as spanText } from '../text/format.js';
import { type Line, lineOf, span, spread } from '../text/line.js';
import { column, plainLine } from '../text/text.js';

interface ProblemsInput {
  readonly problems: readonly Problem[];
  readonly nowMs: number;
  readonly columns: number;
}

/** The last problems, the newest first, in at most so many lines; what happened again and again is told once. */
export function problemLines({ problems, nowMs, columns }: ProblemsInput, most: number): Line[] {
  const told = distinct(problems).slice(0, most > 2 ? most - 1 : most);
  if (told.length === 0) return [];
  const lines = told.map(({ problem, times }) => {
    const ago = column(`${spanText(nowMs - problem.atMs)} ago`, 11);
    const about = problem.identifier === null ? '' : `${plainLine(problem.identifier)}  `;
    const again = times === 1 ? '' : `  ×${times}`;
    return lineOf(
      columns,
      span('│ ', 'dim'),
      span('! ', 'bad'),
      span(`${ago} `, 'dim'),
      span(about, 'title'),
      span(plainLine(problem.message)),
      span(again, 'dim'),
    );
  });
  if (most <= 2) return lines;
  return [spread(columns, [span('├─ ', 'dim'), span('Last problems', 'title')], [], '─'), ...lines];
}

function distinct(problems: readonly Problem[]): { problem: Problem; times: number }[] {
  const groups = new Map<string, { problem: Problem; times: number }>();
  for (const problem of problems.toReversed()) {
    const key = JSON.stringify([problem.code, problem.identifier, problem.message]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { problem, times: 1 });
    else group.times += 1;
  }
  return [...groups.values()];
}
