/**
 * The bodies of `POST /v1/records`. One may be 8 MiB; all that are being read or worked at share a budget, which is
 * reserved before the first byte is read, so that a thousand slow senders cannot fill the memory.
 */
import { HoldfastError, limits } from '@holdfast/protocol';
import type { FastifyInstance } from 'fastify';
import { archiveLimits } from '../../limits.js';

/** Makes the server take bodies of these types at this address. */
export function takePublishBodies(server: FastifyInstance, url: string, mediaTypes: string[]): void {
  let reserved = 0;
  server.addContentTypeParser(
    mediaTypes,
    { parseAs: 'buffer', bodyLimit: limits.publishBodyBytesMax },
    (_request, body, done) => done(null, body),
  );
  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (request.method !== 'POST' || request.routeOptions.url !== url) return done();
    const declared = Number(request.headers['content-length'] ?? limits.publishBodyBytesMax);
    const bytes = Math.min(declared, limits.publishBodyBytesMax);
    if (reserved + bytes > archiveLimits.publishBodiesBytesMax) {
      return done(new HoldfastError('overloaded', 'Too many records are being sent: try again in a moment.'));
    }
    reserved += bytes;
    reply.raw.once('close', () => (reserved -= bytes));
    done();
  });
}
