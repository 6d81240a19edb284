import type { RuleVerdict } from '../../domain/explanation.js';
import { framed, type TopLine } from '../frame/top-line.js';
import { counted } from '../text/format.js';
import { span, spread } from '../text/line.js';
import { cut, plainLine, width, wrap } from '../text/text.js';

/** As most names of rules take; where a longer one is shown, all facts stand further right. */
const LEAST_NAME_COLUMNS = 17;
const NAME_GAP = 2;
const REST = '  w shows them';

/** Why an issue stands where it stands: what holds it, and the rest in one line; or every rule in order. */
export function ruleLines(rules: readonly RuleVerdict[], showsAll: boolean, columns: number): TopLine[] {
  if (rules.length === 0) return [];
  const holding = rules.filter(({ verdict }) => verdict === 'holds');
  const passing = rules.filter(({ verdict }) => verdict === 'passes');
  const title = spread(columns, [span('├─ ', 'dim'), span('Why', 'title')], [], '─');
  const shown = showsAll ? rules : holding;
  const nameColumns = Math.max(LEAST_NAME_COLUMNS, ...shown.map(({ rule }) => rule.length + NAME_GAP));
  return [
    { line: title, expendable: holding.length === 0 && !showsAll ? 3 : 1 },
    ...shown.flatMap((rule) => verdictLines(rule, nameColumns, columns)),
    ...(showsAll || passing.length === 0 ? [] : [passingLine(passing, columns)]),
  ];
}

function verdictLines({ rule, verdict, fact }: RuleVerdict, nameColumns: number, columns: number): TopLine[] {
  const holds = verdict === 'holds';
  const name = rule.replaceAll('_', ' ').padEnd(nameColumns);
  const lead = holds ? [span('✗ ', 'bad'), span(name)] : [span('✓ ', 'good'), span(name, 'dim')];
  const rest = [span(' '.repeat(nameColumns + 2))];
  const room = columns - nameColumns - 4;
  const tone = holds ? 'warn' : 'dim';
  return wrap(plainLine(fact), room).map((text, index, lines) => {
    const before = index === 0 ? lead : rest;
    const ending = cut(lines.slice(index).join(' '), room);
    return {
      line: framed(columns, ...before, span(text, tone)),
      // What holds it is why one looks here.
      expendable: holds && index === 0 ? 0 : 2,
      ...(index === lines.length - 1 ? {} : { cut: framed(columns, ...before, span(ending, tone)) }),
    };
  });
}

function passingLine(passing: readonly RuleVerdict[], columns: number): TopLine {
  const count = `${counted(passing.length, 'rule')} ${passing.length === 1 ? 'passes' : 'pass'}`;
  const names = passing.map(({ rule }) => rule.replaceAll('_', ' ')).join(', ');
  const text = cut(`${count}: ${names}`, columns - 4 - width(REST));
  return { line: framed(columns, span('✓ ', 'good'), span(text, 'dim'), span(REST, 'dim')), expendable: 3 };
}
