/**
 * The bodies that doors take: of declared content types, at one address, up to a size. All that are being read or
 * worked at, at every door, share one bound (memory-shares.ts), charged as their bytes arrive.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MemoryShares } from './memory-shares.js';

declare module 'fastify' {
  interface FastifyInstance {
    bodyMemory: MemoryShares;
  }
}

export interface BodyDoor {
  /** One address or several: a content type can be declared once only. */
  readonly url: string | readonly string[];
  readonly mediaTypes: string[];
  readonly bytesMax: number;
}

/** Makes the server take such bodies, as Buffers. */
export function takeBodies(server: FastifyInstance, door: BodyDoor): void {
  const answers = new WeakMap<FastifyRequest, ServerResponse>();
  const urls: readonly (string | undefined)[] = [door.url].flat();
  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (urls.includes(request.routeOptions.url)) answers.set(request, reply.raw);
    done();
  });
  server.addContentTypeParser(door.mediaTypes, async (request: FastifyRequest, payload: IncomingMessage) => {
    const answer = answers.get(request);
    if (answer === undefined) {
      throw new HoldfastError('media-type-unsupported', 'This door does not take that content type.');
    }
    return read(payload, answer, server.bodyMemory, door.bytesMax);
  });
}

/** The memory is held until the request has been answered. */
async function read(
  payload: IncomingMessage,
  answer: ServerResponse,
  memory: MemoryShares,
  bytesMax: number,
): Promise<Buffer> {
  const tooLarge = () =>
    new HoldfastError('request-too-large', `At most ${bytesMax} bytes.`, { limitBytes: bytesMax });
  if (Number(payload.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
  return new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const share = memory.open(() => end(full()));
    answer.once('close', () => share.release());
    const end = (error?: Error) => {
      payload.off('data', take).off('end', end).off('error', end);
      share.settle();
      if (error === undefined) return resolve(Buffer.concat(chunks, bytes));
      share.release();
      chunks.length = 0;
      // What still comes is let through, unread, until the connection ends with the answer.
      payload.on('error', () => undefined).resume();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) end(tooLarge());
      else if (!share.grow(chunk.length)) end(full());
      else chunks.push(chunk);
    };
    payload.on('data', take).on('end', end).on('error', end);
  });
}

const full = () => new HoldfastError('overloaded', 'Too much is being sent at once: try again in a moment.');
