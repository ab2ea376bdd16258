import { describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { RouteTable } from './route-table.js';

const handler = () => 'x';

describe('RouteTable', () => {
  const instance = fastify();
  const routes = new RouteTable(instance);
  instance.get('/v1/records/:id', handler);
  instance.post('/v1/records', handler);
  instance.get('/.well-known/holdfast', handler);

  it.each([
    ['/v1/records', ['POST']],
    ['/v1/records?limit=1', ['POST']],
    ['/v1/records/abc', ['GET', 'HEAD']],
    ['/.well-known/holdfast', ['GET', 'HEAD']],
    ['/xwell-known/holdfast', []],
    ['/v1/records/abc/def', []],
    ['/', []],
  ])('knows the methods at %s', (url, methods) => {
    expect(routes.methodsAt(url)).toEqual(methods);
  });
});
