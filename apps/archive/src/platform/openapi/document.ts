/**
 * The OpenAPI description of the HTTP doors (spec/doors.md), made from the same zod schemas that the doors check with,
 * so that the two cannot drift. The WebSocket door's frames stand in it as schemas, since OpenAPI has no WebSockets.
 */
import {
  answerSchemas,
  crateStatusSchema,
  departureAnswersSchema,
  departuresSchema,
  depositAnswerSchema,
  errorCodes,
  limits,
  offerAnswersSchema,
  offersSchema,
  publishLineSchema,
  queryFilterSchema,
  receiptsQuerySchema,
  releasedSchema,
  requestSchemas,
} from '@holdfast/protocol';
import * as z from 'zod/mini';

type JsonSchema = Record<string, unknown>;

export function openApiDocument(version: string, url: string): JsonSchema {
  return {
    openapi: '3.1.0',
    info: { title: 'Holdfast archive', version, description: 'Records for everybody, crates for somebody.' },
    servers: [{ url }],
    paths: {
      '/.well-known/holdfast': {
        get: operation('Who this archive is', json('Its card', { type: 'object' })),
      },
      '/.well-known/jwks.json': {
        get: operation('The keys it signs with (RFC 7517)', json('A JWK set', { type: 'object' })),
      },
      '/v1/records': {
        get: {
          ...operation('A page of records, newest first', json('The page', pageSchema)),
          parameters: parametersOf(queryFilterSchema),
        },
        post: {
          ...operation(
            'Stores records',
            content('A line for each line sent', 'application/x-ndjson', schemaOf(publishLineSchema)),
          ),
          requestBody: body('application/x-ndjson', {
            type: 'string',
            description: 'One compact JWS a line.',
            maxLength: limits.publishBodyBytesMax,
          }),
        },
      },
      '/v1/records/{id}': {
        get: {
          ...operation(
            'One record',
            content('The record as a compact JWS', 'application/jose', { type: 'string' }),
          ),
          parameters: [idParameter],
        },
      },
      '/v1/crates': {
        post: {
          ...operation(
            'Leaves a crate for its mailbox',
            json('What became of it', schemaOf(depositAnswerSchema)),
            '201',
          ),
          requestBody: body('application/octet-stream', {
            type: 'string',
            format: 'binary',
            maxLength: limits.crateSizesBytes.at(-1)!,
          }),
        },
      },
      '/v1/crates/offers': {
        post: betweenArchives(
          'Offers crates, from one archive to another',
          json('What the archive makes of each', schemaOf(offerAnswersSchema)),
          offersSchema,
        ),
      },
      '/v1/crates/departures': {
        post: betweenArchives(
          'Tells how crates have left, from one archive to another',
          json('How each has really left', schemaOf(departureAnswersSchema)),
          departuresSchema,
        ),
      },
      '/v1/crates/{id}': {
        get: {
          ...operation('What the archive knows of a crate', json('Its status', schemaOf(crateStatusSchema))),
          parameters: [idParameter],
        },
      },
      '/v1/receipts': {
        get: {
          ...operation(
            'A part of the receipts log: crates that have left on a proof',
            json('The part', schemaOf(releasedSchema)),
          ),
          parameters: parametersOf(receiptsQuerySchema),
        },
      },
      '/healthz': {
        get: operation('Whether the archive and its database work', json('Their state', { type: 'object' })),
      },
      '/readyz': {
        get: operation('Whether the archive takes requests', json('Its state', { type: 'object' })),
      },
    },
    components: {
      responses: { Problem: content('A problem (RFC 9457)', 'application/problem+json', problemSchema) },
      securitySchemes: {
        archive: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT of the asking archive' },
      },
      schemas: { ...framesOf('Request', requestSchemas), ...framesOf('Answer', answerSchemas) },
    },
  };
}

const pageSchema = {
  type: 'object',
  properties: { records: { type: 'array', items: { type: 'string' } }, cursor: { type: 'string' } },
  required: ['records'],
};

const problemSchema = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { enum: Object.keys(errorCodes) },
    retryable: { type: 'boolean' },
  },
  required: ['type', 'title', 'status', 'code'],
};

const idParameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', minLength: 43, maxLength: 43 },
};

function operation(summary: string, success: JsonSchema, status = '200'): JsonSchema {
  return { summary, responses: { [status]: success, default: { $ref: '#/components/responses/Problem' } } };
}

const betweenArchives = (summary: string, success: JsonSchema, schema: z.ZodMiniType): JsonSchema => ({
  ...operation(summary, success),
  security: [{ archive: [] }],
  requestBody: body('application/json', schemaOf(schema)),
});

const content = (description: string, type: string, schema: JsonSchema): JsonSchema => ({
  description,
  content: { [type]: { schema } },
});

const json = (description: string, schema: JsonSchema): JsonSchema =>
  content(description, 'application/json', schema);

const body = (type: string, schema: JsonSchema): JsonSchema => ({
  required: true,
  content: { [type]: { schema } },
});

function parametersOf(schemaOfQuery: z.ZodMiniType): JsonSchema[] {
  const { properties } = schemaOf(schemaOfQuery) as { properties: Record<string, JsonSchema> };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

function framesOf(kind: string, schemas: Record<string, z.ZodMiniType>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([op, schema]) => [`${kind}.${op}`, schemaOf(schema)]),
  );
}

function schemaOf(schema: z.ZodMiniType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonSchema;
  return rest;
}
