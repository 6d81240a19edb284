import type { JsonObject } from '../../../domain/json.js';
import type { ToolResult } from '../../../ports/tracker.js';
import { failed } from '../../tool-refusal.js';
import type { GraphqlAnswer } from '../client.js';
import type { Operation } from './operation.js';

/** More would fill the agent's context rather than help it. */
const MOST_BYTES = 200_000;
const MOST_ERRORS = 3;
const MOST_ERROR_CHARACTERS = 500;

/** What the agent gets of an answer: all of it, as it came, unless it is too long to be of use. */
export function resultOf({ data, errors }: GraphqlAnswer, kind: Operation['kind']): ToolResult {
  if (data === null && errors.length === 0) {
    return failed(
      'tracker_response',
      'Linear answered without data and without an error; read before you repeat it',
    );
  }
  const output: JsonObject = errors.length === 0 ? { data } : { data, errors };
  const bytes = Buffer.byteLength(JSON.stringify(output));
  if (bytes <= MOST_BYTES) return { success: errors.length === 0, output };
  const carriedOut =
    kind === 'mutation' && errors.length === 0 ? 'The mutation was carried out; do not repeat it. ' : '';
  const size = `the answer has ${Math.ceil(bytes / 1000)} kB, more than the ${MOST_BYTES / 1000} kB that fit`;
  const message = `${carriedOut}${size}; select fewer fields, or smaller pages (first: …)`;
  const said = errors.slice(0, MOST_ERRORS).map(({ message: text }) => ({
    message: typeof text === 'string' ? text.slice(0, MOST_ERROR_CHARACTERS) : null,
  }));
  return failed('answer_too_large', message, said.length === 0 ? { bytes } : { bytes, errors: said });
}
