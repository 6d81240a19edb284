import SSHConfig from 'ssh-config';
import { errorMessage } from '../../../domain/error.js';
import { splitArguments } from './arguments.js';
import { ConfigProblem, type Place } from './config-problem.js';

/** One line of a configuration file that says something. */
export interface Directive extends Place {
  /** In lower case. */
  readonly keyword: string;
  /** As written. */
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * The directives of a file. They are parsed a line at a time, so that each has its place: OpenSSH knows no longer ones.
 * @throws ConfigProblem for a line that cannot be read
 */
export function directivesOf(text: string, file: string): readonly Directive[] {
  return text.split('\n').flatMap((line, index) => directive(line.trim(), { file, line: index + 1 }));
}

function directive(text: string, place: Place): Directive[] {
  if (text === '' || text.startsWith('#')) return [];
  const { name, before } = headOf(text, place);
  // The library knows no single quotes and splits at "=", so what it leaves of the arguments is not enough.
  const args = splitArguments(text.slice(before));
  if (args === null) throw new ConfigProblem('a quote is not closed; add the other one', place);
  const [first] = args;
  if (first === undefined)
    throw new ConfigProblem(`${name} has no value; give one, or remove the line`, place);
  return [{ ...place, keyword: name.toLowerCase(), name, args }];
}

/** The keyword, and how many characters stand before the arguments. */
function headOf(text: string, place: Place): { readonly name: string; readonly before: number } {
  if (!/[\s=]/.test(text)) return { name: text, before: text.length };
  // Of criteria the library does not know the negated ones.
  const [match] = /^match(\s+|\s*=\s*)/i.exec(text) ?? [];
  if (match !== undefined) return { name: text.slice(0, 5), before: match.length };
  try {
    const [line] = SSHConfig.parse(text);
    if (line !== undefined && 'param' in line && line.param !== '') {
      return { name: line.param, before: line.param.length + line.separator.length };
    }
  } catch (error) {
    throw new ConfigProblem(`the line cannot be read (${errorMessage(error)}); correct it`, place, error);
  }
  throw new ConfigProblem('the line has no keyword; correct it', place);
}
