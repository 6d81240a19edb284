import { answerMessage, refreshMessage } from '../../client/sentences.js';
import { plainLine } from '../../dashboard/text/text.js';
import type { DispatchOrder, IssueOrder } from '../../domain/order.js';
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

/** `symphony answer`. */
export async function answerIssue({
  name,
  answer,
  ...orderer
}: Orderer & { readonly name: string; readonly answer: Answer }): Promise<number> {
  const client = daemonOf(orderer);
  const taken = await withIssue(client, name, (identifier) => client.answer(identifier, answer));
  print(orderer, [plainLine(answerMessage(taken))]);
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
  print(orderer, [refreshMessage(await daemonOf(orderer).refresh())]);
  return 0;
}
