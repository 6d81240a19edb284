import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WEB_POLICY } from '../web/pages.js';
import { type Paths, routerPath } from './paths.js';

/** A file of the web page, as it is served. */
export interface ServedPage {
  /** `/` is the document, which also stands at the address of each issue. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
  /** Quoted. */
  readonly etag: string;
}

const ISSUE_PAGE = '/issues/{issue_identifier}';

/** Adds the files of the web page. They hold no data, so that everybody may have them and be asked for the token. */
export function addPages(app: FastifyInstance, paths: Paths, pages: readonly ServedPage[]): void {
  for (const page of pages) {
    for (const template of page.path === '/' ? ['/', ISSUE_PAGE] : [page.path]) {
      paths.add(template, 'GET');
      app.get(routerPath(template), async (request, reply) => sendPage(page, request, reply));
    }
  }
}

function sendPage(
  { type, body, etag }: ServedPage,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.headers({ etag, 'cache-control': 'no-cache', 'content-security-policy': WEB_POLICY });
  if (isNamed(etag, request.headers['if-none-match'])) return reply.code(304).send();
  return reply.type(type).send(body);
}

function isNamed(etag: string, header: string | undefined): boolean {
  const named = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//u, ''));
  return named.includes(etag) || named.includes('*');
}
