import { ConfigProblem } from './config-problem.js';
import type { Directive } from './directives.js';
import { fitsList } from './patterns.js';

/** What the criteria of `Match` are compared with. */
export interface MatchSubject {
  /** The name to connect to, as far as it is known. */
  readonly host: string;
  readonly originalHost: string;
  /** Who is logged in as there. */
  readonly user: string;
  readonly localUser: string;
  /** The value of `Tag`; empty for none. */
  readonly tag: string;
  /** The configuration is read a second time, for what `Match final` and `Match canonical` hold. */
  readonly isFinal: boolean;
}

interface Criterion {
  readonly name: string;
  readonly isNegated: boolean;
  readonly value: string;
}

const WITHOUT_VALUE = ['all', 'canonical', 'final'];

/** Whether the files must be read a second time, for what this block holds. @throws ConfigProblem */
export function asksForFinal(directive: Directive): boolean {
  return criteriaOf(directive).some(({ name }) => name === 'final');
}

/**
 * Whether a `Match` block applies.
 * @throws ConfigProblem when that hangs on something that is not done here, such as a command that is to be run
 */
export function matches(directive: Directive, subject: MatchSubject): boolean {
  const known = criteriaOf(directive).map((criterion) => ({ criterion, holds: holds(criterion, subject) }));
  if (known.some(({ criterion, holds }) => holds !== null && holds === criterion.isNegated)) return false;
  const open = known.find(({ holds }) => holds === null)?.criterion;
  if (open === undefined) return true;
  const mend = `choose by Host, or keep the workers' configuration in a file of its own (SYMPHONY_SSH_CONFIG)`;
  throw new ConfigProblem(`Match ${open.name} is not supported; ${mend}`, directive);
}

function criteriaOf(directive: Directive): readonly Criterion[] {
  const found: Criterion[] = [];
  const rest = [...directive.args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    // `host=name` is as good as `host name`.
    const [, sign, written = '', given] = /^(!?)([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const name = written.toLowerCase();
    const value = WITHOUT_VALUE.includes(name) ? '' : (given ?? rest.shift());
    if (value === undefined) throw new ConfigProblem(`Match ${name} has no value; give one`, directive);
    found.push({ name, isNegated: sign === '!', value });
  }
  return found;
}

/** Null when it is not known. */
function holds({ name, value }: Criterion, subject: MatchSubject): boolean | null {
  const patterns = value.split(',');
  const inLowerCase = patterns.map((pattern) => pattern.toLowerCase());
  switch (name) {
    case 'all':
      return true;
    case 'final':
    case 'canonical':
      return subject.isFinal;
    case 'host':
      return fitsList(subject.host.toLowerCase(), inLowerCase);
    case 'originalhost':
      return fitsList(subject.originalHost.toLowerCase(), inLowerCase);
    case 'user':
      return fitsList(subject.user, patterns);
    case 'localuser':
      return fitsList(subject.localUser, patterns);
    case 'tagged':
      return fitsList(subject.tag, patterns);
    default:
      return null;
  }
}
