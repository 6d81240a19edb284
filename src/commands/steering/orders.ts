import { plainLine } from '../../dashboard/text/text.js';
import { SymphonyError } from '../../domain/error.js';
import type { DispatchOrder, IssueOrder } from '../../domain/order.js';
import { refreshSentence } from '../../domain/order-sentences.js';
import type { Answer } from '../../domain/session.js';
import { daemonOf, type Target } from './connection.js';
import { withIssue } from './issue-name.js';
import { type Output, print } from './output.js';

type Orderer = Target & Pick<Output, 'stdout'>;

/**
 * `symphony stop`, `retry` and `release`: prints what happens now, and returns the exit code.
 * @throws SymphonyError `daemon_unreachable` and whatever the daemon refuses with
 */
export async function orderIssue({
  name,
  order,
  ...orderer
}: Orderer & { readonly name: string; readonly order: IssueOrder }): Promise<number> {
  const client = daemonOf(orderer);
  const { message } = await withIssue(client, name, (identifier) => client.order(identifier, order));
  print(orderer, [plainLine(message)]);
  return 0;
}

/**
 * `symphony answer`: reads and prints what is asked, and answers exactly that.
 * @throws SymphonyError `not_blocked`, and whatever the daemon refuses with
 */
export async function answerIssue({
  name,
  answer,
  ...orderer
}: Orderer & { readonly name: string; readonly answer: Answer }): Promise<number> {
  const client = daemonOf(orderer);
  const { issue_identifier: identifier, blocked } = await withIssue(client, name, (each) =>
    client.issue(each),
  );
  if (blocked === null)
    throw new SymphonyError('not_blocked', `${identifier} asks nothing, or was answered already.`);
  const { text, choices } = blocked.question;
  const offered = choices.length === 0 ? '' : ` (${choices.map(plainLine).join(', ')})`;
  print(orderer, [`${plainLine(identifier)} asks: ${plainLine(text)}${offered}`]);
  const taken = await client.answer(identifier, answer, { question: text });
  print(orderer, [plainLine(taken.message)]);
  return 0;
}

/** `symphony pause`, `resume` and `drain`. */
export async function orderDispatch({
  order,
  ...orderer
}: Orderer & { readonly order: DispatchOrder }): Promise<number> {
  const { message } = await daemonOf(orderer).orderDispatch(order);
  print(orderer, [plainLine(message)]);
  return 0;
}

/** `symphony refresh`. */
export async function refresh(orderer: Orderer): Promise<number> {
  print(orderer, [refreshSentence(await daemonOf(orderer).refresh())]);
  return 0;
}
