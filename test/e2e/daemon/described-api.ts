import { z } from 'zod';
import type { DaemonProcess } from '../../helpers/board-daemon.js';
import { ask } from '../../helpers/daemon-calls.js';

const Json = z.json();
const Content = z.object({ content: z.record(z.string(), z.object({ schema: Json })).optional() });

/** As much of openapi.json as these tests read. */
const Description = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        responses: z.record(z.string(), Content),
        security: z.array(z.record(z.string(), Json)),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), Json) }),
});
type Description = z.output<typeof Description>;

/** One operation at one address, as a running daemon describes it. */
export interface Operation {
  /** The same for both addresses of an issue. */
  readonly name: string;
  readonly method: string;
  readonly template: string;
  /** Nobody may do it without the token. */
  readonly isForOperator: boolean;
  /** On this machine nothing is needed, elsewhere the token. */
  readonly isForReaders: boolean;
  /** By status; the texts of a stream have none. */
  readonly schemas: ReadonlyMap<number, z.ZodType>;
}

/** What a running daemon says that it can be asked. */
export async function described(daemon: Pick<DaemonProcess, 'url'>): Promise<readonly Operation[]> {
  const { body } = await ask(daemon, 'GET /api/v1/openapi.json');
  const { paths, components } = Description.parse(body);
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { operationId, responses, security }]) => ({
      name: operationId.replace(/Short$/, ''),
      method: method.toUpperCase(),
      template,
      isForOperator: security.length > 0 && !security.some(isNothing),
      isForReaders: security.length > 1 && security.some(isNothing),
      schemas: schemasOf(responses, components),
    })),
  );
}

function isNothing(way: object): boolean {
  return Object.keys(way).length === 0;
}

function schemasOf(
  responses: Description['paths'][string][string]['responses'],
  { schemas }: Description['components'],
): ReadonlyMap<number, z.ZodType> {
  const byStatus = new Map<number, z.ZodType>();
  for (const [status, { content = {} }] of Object.entries(responses)) {
    const schema = content['application/json']?.schema;
    if (status !== 'default' && schema !== undefined) byStatus.set(Number(status), schemaOf(schema, schemas));
  }
  return byStatus;
}

/** What a document calls a component, a schema by itself has as a definition. */
function schemaOf(
  schema: z.output<typeof Json>,
  components: Description['components']['schemas'],
): z.ZodType {
  const whole = JSON.stringify({ allOf: [schema], $defs: components });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')));
}
