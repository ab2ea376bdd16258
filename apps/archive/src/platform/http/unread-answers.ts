/**
 * What clients have not read yet of their answers, over all connections, under one bound (memory-shares.ts). Whoever
 * takes longer than `answerMsMax` to read an answer is cut off; earlier when others need the room.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { FastifyInstance } from 'fastify';
import type { MemoryShares } from './memory-shares.js';
import { problemMediaType, problemOf } from './problem.js';

export function boundUnreadAnswers(
  instance: FastifyInstance,
  memory: MemoryShares,
  answerMsMax: number,
): void {
  instance.addHook('onSend', (request, reply, payload, done) => {
    const { socket } = request.raw;
    const bytes = sizeOf(payload);
    // Of a connection that has ended meanwhile, nothing would tell the end once more.
    if (bytes === 0 || socket.destroyed) return done(null, payload);
    const cutOff = () => socket.destroy();
    const share = memory.open(cutOff);
    const late = setTimeout(cutOff, answerMsMax);
    reply.raw.once('close', () => {
      clearTimeout(late);
      share.release();
    });
    if (share.grow(bytes)) return done(null, payload);
    const problem = problemOf(
      new HoldfastError('overloaded', 'Too many answers are not read: try again in a moment.'),
    );
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
    reply.status(problem.status).header('content-type', problemMediaType);
    done(null, Buffer.from(JSON.stringify(problem)));
  });
}

function sizeOf(payload: unknown): number {
  if (typeof payload === 'string') return Buffer.byteLength(payload);
  return payload instanceof Uint8Array ? payload.length : 0;
}
