import type { RuleVerdict } from '../../domain/explanation.js';
import { framed, type TopLine } from '../frame/top-line.js';
import { counted } from '../text/format.js';
import { span, spread } from '../text/line.js';
import { cut, plainLine, width, wrap } from '../text/text.js';

const RULE_COLUMNS = 17;
const REST = '  w shows them';

/** Why an issue stands where it stands: what holds it, and the rest in one line; or every rule in order. */
export function ruleLines(rules: readonly RuleVerdict[], showsAll: boolean, columns: number): TopLine[] {
  if (rules.length === 0) return [];
  const holding = rules.filter(({ verdict }) => verdict === 'holds');
  const passing = rules.filter(({ verdict }) => verdict === 'passes');
  const title = spread(columns, [span('├─ ', 'dim'), span('Why', 'title')], [], '─');
  return [
    { line: title, expendable: holding.length === 0 && !showsAll ? 3 : 1 },
    ...(showsAll ? rules : holding).flatMap((rule) => verdictLines(rule, columns)),
    ...(showsAll || passing.length === 0 ? [] : [passingLine(passing, columns)]),
  ];
}

function verdictLines({ rule, verdict, fact }: RuleVerdict, columns: number): TopLine[] {
  const holds = verdict === 'holds';
  const name = rule.replaceAll('_', ' ').padEnd(RULE_COLUMNS);
  const lead = holds ? [span('✗ ', 'bad'), span(name)] : [span('✓ ', 'good'), span(name, 'dim')];
  const rest = [span(' '.repeat(RULE_COLUMNS + 2))];
  return wrap(plainLine(fact), columns - RULE_COLUMNS - 4).map((text, index) => ({
    line: framed(columns, ...(index === 0 ? lead : rest), span(text, holds ? 'warn' : 'dim')),
    // What holds it is why one looks here.
    expendable: holds && index === 0 ? 0 : 2,
  }));
}

function passingLine(passing: readonly RuleVerdict[], columns: number): TopLine {
  const count = `${counted(passing.length, 'rule')} ${passing.length === 1 ? 'passes' : 'pass'}`;
  const names = passing.map(({ rule }) => rule.replaceAll('_', ' ')).join(', ');
  const text = cut(`${count}: ${names}`, columns - 4 - width(REST));
  return { line: framed(columns, span('✓ ', 'good'), span(text, 'dim'), span(REST, 'dim')), expendable: 3 };
}
