/**
 * One request of a connection at a time (RFC 9112, 9.3.2 allows clients to send several before the first is answered):
 * the next begins when the answer before it has left, so that a client that does not read cannot make the archive
 * prepare and hold many answers. What waits is bounded; beyond it the connection is cut off.
 */
import type { FastifyInstance } from 'fastify';
import type { Socket } from 'node:net';
import { archiveLimits } from '../../limits.js';

interface Turns {
  isTaken: boolean;
  readonly waiting: (() => void)[];
}

export function serveOneAtATime(instance: FastifyInstance): void {
  const turnsOf = new WeakMap<Socket, Turns>();
  instance.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    // What was read together with what was too much: nobody hears an answer.
    if (socket.destroyed) return;
    const turns = turnsOf.get(socket) ?? { isTaken: false, waiting: [] };
    turnsOf.set(socket, turns);
    const begin = () => {
      if (socket.destroyed) return;
      turns.isTaken = true;
      reply.raw.once('close', () => {
        turns.isTaken = false;
        turns.waiting.shift()?.();
        if (turns.waiting.length === 0) socket.resume();
      });
      done();
    };
    if (!turns.isTaken) return begin();
    if (turns.waiting.length === archiveLimits.pipelinedRequestsMax) {
      turns.waiting.length = 0;
      socket.destroy();
      return;
    }
    turns.waiting.push(begin);
    socket.pause();
  });
}
