/** Answers a WebSocket handshake that is not taken with a problem document, and ends the socket. */
import type { HoldfastError } from '@holdfast/protocol';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problemMediaType, problemOf } from '../http/problem.js';

export function refuseUpgrade(socket: Socket, error: HoldfastError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
