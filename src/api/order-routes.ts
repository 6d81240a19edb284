import { DISPATCH_ORDERS, type DispatchOrder, ISSUE_ORDERS, type IssueOrder } from '../domain/order.js';
import { answerSentence, onceCommitted, orderSentence } from '../domain/order-sentences.js';
import { issuePaths, OF_ISSUE } from './issue-paths.js';
import { NO_BODY, NOTHING, type Route, route } from './route.js';
import { AnswerRequest, AnswerResponse, RefreshResponse } from './schema.js';
import { DispatchOrderResponse, IssueOrderResponse } from './schema-orders.js';
import { isoTime } from './state.js';

const refresh = route({
  name: 'requestRefresh',
  method: 'POST',
  paths: ['/api/v1/refresh'],
  summary: 'Asks for a poll of the tracker now.',
  description: 'At most one a second is passed on; those in between are coalesced with the next.',
  access: 'free',
  params: NOTHING,
  query: NOTHING,
  body: NO_BODY,
  response: RefreshResponse,
  statuses: [202],
}).answeredBy(({ refreshes, now }) => {
  const { queued, coalesced } = refreshes.ask();
  const requested_at = isoTime(now());
  return { body: { queued, coalesced, requested_at, operations: ['poll', 'reconcile'] } };
});

const answer = route({
  name: 'answerIssue',
  method: 'POST',
  paths: issuePaths('answer'),
  summary: 'Answers what a blocked issue asks; it goes on as soon as there is a slot.',
  access: 'operator',
  params: OF_ISSUE,
  query: NOTHING,
  body: AnswerRequest,
  bodyHint:
    'Send {"decision": "approve"}, {"decision": "decline"} or {"text": "…"}, each also with "question", as application/json.',
  response: AnswerResponse,
  statuses: [202],
  refusals: ['issue_not_found', 'not_blocked', 'question_changed', 'order_refused'],
}).answeredBy(async ({ commands }, { params: { issue_identifier: identifier }, body }) => {
  const sentence = answerSentence(commands.answer(identifier, body.answer, body.question), identifier);
  const message = await onceCommitted(sentence, commands);
  return { body: { queued: true, issue_identifier: identifier, message } };
});

const OF_ORDERS: { readonly [order in IssueOrder]: string } = {
  stop: 'Ends the run of an issue and sets the issue aside until a retry or its release.',
  retry: 'Begins the next run of an issue as soon as there is a slot.',
  release: 'Forgets an issue, so that it is taken as if it were new.',
};

const issueOrders = ISSUE_ORDERS.map((order) =>
  route({
    name: `${order}Issue`,
    method: 'POST',
    paths: issuePaths(order),
    summary: OF_ORDERS[order],
    access: 'operator',
    params: OF_ISSUE,
    query: NOTHING,
    body: NO_BODY,
    response: IssueOrderResponse,
    statuses: [202],
    refusals: ['issue_not_found', 'order_refused'],
  }).answeredBy(async ({ commands }, { params: { issue_identifier: identifier } }) => {
    const sentence = orderSentence(commands.order(identifier, order), identifier);
    const message = await onceCommitted(sentence, commands);
    return { body: { accepted: true, issue_identifier: identifier, order, message } };
  }),
);

const OF_DISPATCH: { readonly [order in DispatchOrder]: string } = {
  pause: 'Lets nothing new begin; what runs goes on.',
  resume: 'Takes back a pause or a drain; without one, a usage limit is taken for over.',
  drain: 'Lets nothing new begin, and ends the daemon once what runs has ended.',
};

const dispatchOrders = DISPATCH_ORDERS.map((order) =>
  route({
    name: order,
    method: 'POST',
    paths: [`/api/v1/${order}`],
    summary: OF_DISPATCH[order],
    access: 'operator',
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    response: DispatchOrderResponse,
    statuses: [202],
    refusals: ['order_refused'],
  }).answeredBy(async ({ commands }) => {
    const message = await onceCommitted(orderSentence(commands.orderDispatch(order), null), commands);
    return { body: { accepted: true, order, message } };
  }),
);

/** What acts. */
export const ORDER_ROUTES: readonly Route[] = [refresh, answer, ...issueOrders, ...dispatchOrders];
