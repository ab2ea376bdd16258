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
  /** One address or several. */
  readonly url: string | readonly string[];
  readonly mediaTypes: readonly string[];
  readonly bytesMax: number;
}

/** What a server takes so far: the bound of every address, by content type. */
type Doors = Map<string, Map<string, number>>;
const doorsOf = new WeakMap<FastifyInstance, Doors>();

/** Makes the server take such bodies, as Buffers. Several doors may take the same content type. */
export function takeBodies(server: FastifyInstance, { url, mediaTypes, bytesMax }: BodyDoor): void {
  const doors: Doors = doorsOf.get(server) ?? new Map<string, Map<string, number>>();
  doorsOf.set(server, doors);
  for (const mediaType of mediaTypes) {
    const taken = doors.get(mediaType) ?? takeMediaType(server, mediaType);
    doors.set(mediaType, taken);
    for (const each of [url].flat()) taken.set(each, bytesMax);
  }
}

function takeMediaType(server: FastifyInstance, mediaType: string): Map<string, number> {
  const bounds = new Map<string, number>();
  const answers = new WeakMap<FastifyRequest, ServerResponse>();
  server.addHook('preParsing', (request, reply, _payload, done) => {
    if (bounds.has(request.routeOptions.url ?? '')) answers.set(request, reply.raw);
    done();
  });
  server.addContentTypeParser(mediaType, async (request: FastifyRequest, payload: IncomingMessage) => {
    const answer = answers.get(request);
    const bytesMax = bounds.get(request.routeOptions.url ?? '');
    if (answer === undefined || bytesMax === undefined) {
      throw new HoldfastError('media-type-unsupported', 'This door does not take that content type.');
    }
    return read(payload, answer, server.bodyMemory, bytesMax);
  });
  return bounds;
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
