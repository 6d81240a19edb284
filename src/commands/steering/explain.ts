import type { ExplainResponse } from '../../client/client.js';
import { plainLine } from '../../dashboard/text/text.js';
import { SymphonyError } from '../../domain/error.js';
import { daemonOf, type Target } from './connection.js';
import { withIssue } from './issue-name.js';
import { type Output, print, printJson, widthOf } from './output.js';
import { tableLines } from './table.js';

/** What `symphony explain` was asked. */
export interface ExplainOptions extends Target, Pick<Output, 'stdout'> {
  readonly name: string;
  readonly json: boolean;
}

/**
 * Prints why an issue is, or is not, being worked on, and returns the exit code.
 * @throws SymphonyError `daemon_unreachable` or `issue_not_found`
 */
export async function explain(options: ExplainOptions): Promise<number> {
  const client = daemonOf(options);
  const explanation = await withIssue(client, options.name, (identifier) => client.explain(identifier)).catch(
    saysWhyUnknown,
  );
  if (options.json) printJson(options, explanation);
  else print(options, explanationLines(explanation, widthOf(options)));
  return 0;
}

/** For an issue in a state that is not active, being unknown is the explanation. */
function saysWhyUnknown(error: unknown): never {
  if (!(error instanceof SymphonyError) || error.code !== 'issue_not_found') throw error;
  const message = `${error.message}. Issues in states that are not active are neither read nor worked on`;
  throw new SymphonyError(error.code, message, { cause: error });
}

function explanationLines(told: ExplainResponse, limit: number | null): string[] {
  const rules = told.rules.map(({ rule, verdict, fact }) => [
    verdict === 'holds' ? 'holds' : 'ok',
    rule,
    plainLine(fact),
  ]);
  return [
    ...tableLines([{ title: plainLine(`${told.issue_identifier}: ${told.title}`), gives: true }], [], limit),
    ...tableLines([{ title: plainLine(told.headline), gives: true }], [], limit),
    ...(rules.length === 0 ? [] : ['']),
    ...(rules.length === 0
      ? []
      : tableLines([{ title: 'VERDICT' }, { title: 'RULE' }, { title: 'FACT', gives: true }], rules, limit)),
  ];
}
