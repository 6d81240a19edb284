import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import { eventsResponse } from './events.js';
import { issuePaths, OF_ISSUE } from './issue-paths.js';
import { EVENTS_QUERY, name } from './query-parts.js';
import type { Resources } from './resources.js';
import { NO_BODY, NOTHING, type Route, type RouteRequest, route } from './route.js';
import { EventsResponse } from './schema-history.js';

const EVENTS = 100;

const STREAM =
  `JSON, or with \`Accept: text/event-stream\` a stream that goes on. Each event there has an \`id\` and is
\`event: symphony\` with an Event as \`data\`; it goes on after \`Last-Event-ID\`, which browsers send by themselves, or
after \`after\`; one that begins without either is told by an \`id\` alone where it begins. \`event: gap\` comes where events are missing: the id was of an earlier life of the daemon or too long ago,
or more happened than can be told. \`event: changed\`, at most once a second, tells that \`GET state\` would answer something
new; its \`data\` is \`{"generated_at": …}\`. A reader that is too slow is cut off and goes on from its last id.`.replaceAll(
    '\n',
    ' ',
  );

const daemonEvents = route({
  name: 'getEvents',
  method: 'GET',
  paths: ['/api/v1/events'],
  summary:
    'What has happened, and what happens; everyday talk of agents (`debug`) is told with its issue only.',
  description: STREAM,
  access: 'read',
  params: NOTHING,
  query: EVENTS_QUERY.extend({
    issue: name('issue', 1_024).describe('Only those of the issue with this identifier.'),
  }),
  body: NO_BODY,
  response: EventsResponse,
  statuses: [200],
  streams: true,
}).answeredBy((resources, request) => events(resources, request, request.query.issue ?? null));

const issueEvents = route({
  name: 'getIssueEvents',
  method: 'GET',
  paths: issuePaths('events'),
  summary: 'What has happened to an issue, and what happens; as `getEvents`.',
  access: 'read',
  params: OF_ISSUE,
  query: EVENTS_QUERY,
  body: NO_BODY,
  response: EventsResponse,
  statuses: [200],
  streams: true,
  refusals: ['issue_not_found'],
}).answeredBy((resources, request) => {
  const { issue_identifier: identifier } = request.params;
  resources.answers.known(identifier);
  return events(resources, request, identifier);
});

type EventsRequest = Pick<
  RouteRequest<unknown, z.output<typeof EVENTS_QUERY>>,
  'query' | 'headers' | 'wantsStream'
>;

function events(
  { streams, history }: Resources,
  { query: { after, limit }, headers, wantsStream }: EventsRequest,
  identifier: string | null,
) {
  if (wantsStream) {
    return streams.open({ identifier, after: lastEventId(headers) ?? after ?? null, latest: limit ?? 0 });
  }
  const page = history.events({
    limit: limit ?? EVENTS,
    ...(after === undefined ? {} : { after }),
    ...(identifier === null ? {} : { identifier }),
  });
  return { body: eventsResponse(page) };
}

/** A browser that connects again says where it was. */
function lastEventId({ 'last-event-id': id }: IncomingHttpHeaders): string | null {
  return typeof id === 'string' && id !== '' ? id : null;
}

/** What tells of events. */
export const EVENT_ROUTES: readonly Route[] = [daemonEvents, issueEvents];
