/** The bodies of `POST /v1/records`, which are the largest that any door takes. */
import { limits } from '@holdfast/protocol';
import type { FastifyInstance } from 'fastify';
import { takeBodies } from '../../platform/http/request-bodies.js';

/** Makes the server take bodies of these types at this address. */
export function takePublishBodies(server: FastifyInstance, url: string, mediaTypes: string[]): void {
  takeBodies(server, { url, mediaTypes, bytesMax: limits.publishBodyBytesMax });
}
