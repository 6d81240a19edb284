import type { ExplainResponse } from '../../client/client.js';
import { plainLine } from '../../dashboard/text/text.js';
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
 * @throws SymphonyError `daemon_unreachable`, `issue_not_found`, or what the tracker failed with that was asked about it
 */
export async function explain(options: ExplainOptions): Promise<number> {
  const client = daemonOf(options);
  const explanation = await withIssue(client, options.name, (identifier) => client.explain(identifier));
  if (options.json) printJson(options, explanation);
  else print(options, explanationLines(explanation, widthOf(options)));
  return 0;
}

function explanationLines(told: ExplainResponse, limit: number | null): string[] {
  const rules = told.rules.map(({ rule, verdict, fact }) => [
    verdict === 'holds' ? 'holds' : 'ok',
    rule,
    plainLine(fact),
  ]);
  return [
    ...tableLines([{ title: plainLine(`${told.issue_identifier}: ${told.title}`), gives: true }], [], limit),
    ...tableLines([{ title: plainLine(told.headline), gives: true, wraps: true }], [], limit),
    ...(rules.length === 0 ? [] : ['']),
    ...(rules.length === 0
      ? []
      : tableLines(
          [{ title: 'VERDICT' }, { title: 'RULE' }, { title: 'FACT', gives: true, wraps: true }],
          rules,
          limit,
        )),
  ];
}
