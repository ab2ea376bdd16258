import { describe, expect, it } from '@jest/globals';
import { errorCodes, queryFilterSchema, requestOps } from '@holdfast/protocol';
import { openApiDocument } from './document.js';

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { parameters?: { name: string }[]; responses: object }>>;
  readonly components: { readonly schemas: Record<string, object> };
}

const document = openApiDocument('1.2.3', 'http://archive.example') as unknown as Document;

describe('the OpenAPI description', () => {
  it('offers every member of the filter as a parameter of the query', () => {
    const names = document.paths['/v1/records']!['get']!.parameters!.map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(queryFilterSchema.shape).sort());
  });

  it('has a schema for every operation of the WebSocket door', () => {
    for (const op of requestOps) expect(document.components.schemas[`Request.${op}`]).toBeDefined();
  });

  it('answers a problem from every operation', () => {
    for (const operations of Object.values(document.paths)) {
      for (const operation of Object.values(operations))
        expect(operation.responses).toHaveProperty('default');
    }
  });

  it('is plain JSON that names every error code', () => {
    const text = JSON.stringify(document);
    expect(JSON.parse(text)).toEqual(document);
    for (const code of Object.keys(errorCodes)) expect(text).toContain(`"${code}"`);
  });
});
