import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openApi } from '../../src/api/openapi.js';
import { ROUTES } from '../../src/api/table.js';
import { anApi } from './an-api.js';

// Goal: who makes a client from openapi.json gets one that works.

/** What OpenAPI 3.1 asks of the parts that are used here. */
const Schema = z.looseObject({});
const Media = z.strictObject({ schema: Schema });
const Content = z.record(z.enum(['application/json', 'text/event-stream']), Media.optional());
const Operation = z.strictObject({
  operationId: z.string().regex(/^[a-z]\w+$/u),
  summary: z.string().min(1),
  description: z.string().min(1).optional(),
  parameters: z.array(
    z.strictObject({
      name: z.string(),
      in: z.enum(['path', 'query']),
      required: z.boolean(),
      description: z.string().min(1),
      schema: Schema,
    }),
  ),
  requestBody: z.strictObject({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(
    z.string().regex(/^(\d{3}|default)$/u),
    z.strictObject({ description: z.string().min(1), content: Content }),
  ),
  security: z.array(z.record(z.string(), z.tuple([]))),
});
const Document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'post', 'delete']), Operation)),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^\w+$/u), Schema),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.enum(['http', 'apiKey']) })),
  }),
});

const document = Document.parse(JSON.parse(JSON.stringify(openApi(ROUTES))));
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

/** Every value of a key, however deep. */
function valuesOf(key: string, within: unknown): unknown[] {
  if (typeof within !== 'object' || within === null) return [];
  return Object.entries(within).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...valuesOf(key, value),
  ]);
}

describe('openapi.json', () => {
  test('is served, the same to everybody', async () => {
    const answer = await anApi().inject('/api/v1/openapi.json');

    expect(answer.statusCode).toBe(200);
    expect(Document.parse(answer.json())).toEqual(document);
  });

  test('has every route at each of its addresses, and nothing else', () => {
    const declared = ROUTES.flatMap(({ method, paths }) =>
      paths.map((path) => `${method.toLowerCase()} ${path}`),
    );

    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(declared.sort());
  });

  test('names each operation once', () => {
    const names = operations.map(({ operation }) => operation.operationId);

    expect(new Set(names).size).toBe(names.length);
  });

  test('declares the parameters of each address, once each', () => {
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/gu) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  test('refers only to what it has, and uses all of it', () => {
    const references = valuesOf('$ref', document).map((reference) => String(reference));
    const names = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);

    expect([...new Set(references)].sort()).toEqual(names.sort());
  });

  test('leaves answers open to fields of later versions, and requests not', () => {
    const bodies = operations.flatMap(({ operation }) =>
      valuesOf('additionalProperties', operation.requestBody),
    );

    expect(valuesOf('additionalProperties', document.components)).not.toContain(false);
    expect(bodies).toEqual([false, false, false]);
  });

  test('says what an operator needs, and that a reader on this machine needs nothing', () => {
    const schemes = Object.keys(document.components.securitySchemes);
    const wanted = (id: string) =>
      operations.find(({ operation }) => operation.operationId === id)?.operation.security;

    expect(wanted('stopIssue')).toEqual(schemes.map((scheme) => ({ [scheme]: [] })));
    expect(wanted('getState')).toEqual([{}, ...schemes.map((scheme) => ({ [scheme]: [] }))]);
    expect(wanted('getOpenApi')).toEqual([]);
  });

  test('names every refusal with the envelope', () => {
    const stop = operations.find(({ operation }) => operation.operationId === 'stopIssue')?.operation;
    const refusals = Object.entries(stop?.responses ?? {}).filter(([status]) => status !== '202');

    expect(refusals.map(([status]) => status)).toEqual(['400', '401', '403', '404', '409', 'default']);
    for (const [, { content }] of refusals) {
      expect(content['application/json']?.schema).toEqual({ $ref: '#/components/schemas/Error' });
    }
    expect(stop?.responses['409']?.description).toBe('`order_refused`');
  });
});
