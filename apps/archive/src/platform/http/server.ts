/**
 * The HTTP server under the doors, bounded in every direction: size of heads and bodies, time to send them, time to
 * do nothing, answers that nobody reads. A door that takes a body declares its content type and size
 * (request-bodies.ts); every other body is refused.
 */
import { HoldfastError, type ErrorCode } from '@holdfast/protocol';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { Socket } from 'node:net';
import { archiveLimits } from '../../limits.js';
import { MemoryShares } from './memory-shares.js';
import { serveOneAtATime } from './one-at-a-time.js';
import { problemMediaType, problemOf, sendProblem } from './problem.js';
import { boundUnreadAnswers } from './unread-answers.js';

/** How long a client may take; tests use shorter times. */
export interface HttpPatience {
  readonly requestHeadMsMax: number;
  readonly requestMsMax: number;
  readonly connectionIdleMsMax: number;
  readonly answerMsMax: number;
}

/** What all clients together may make the archive hold. */
export interface HttpMemory {
  readonly requestBodiesBytesMax: number;
  readonly unreadAnswersBytesMax: number;
  readonly cutOffGraceMs: number;
}

export function createHttpAdapter(
  isStopping: () => boolean,
  patience: HttpPatience = archiveLimits,
  memory: HttpMemory = archiveLimits,
): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: archiveLimits.requestBodyBytesMax,
    requestTimeout: patience.requestMsMax,
    connectionTimeout: patience.connectionIdleMsMax,
    keepAliveTimeout: archiveLimits.keepAliveMsMax,
    http: {
      maxHeaderSize: archiveLimits.requestHeadBytesMax,
      headersTimeout: patience.requestHeadMsMax,
      // How often Node looks for connections that are over their time.
      connectionsCheckingInterval: patience.requestHeadMsMax / 3,
    },
    routerOptions: { maxParamLength: archiveLimits.pathParameterLengthMax },
    multipart: false,
    skipMiddie: true,
    clientErrorHandler: refuseBrokenRequest,
    frameworkErrors: (_error: unknown, _request: unknown, reply: FastifyReply) =>
      sendProblem(reply, addressUnreadable()),
  });
  const instance = adapter.getInstance();
  instance.removeAllContentTypeParsers();
  const { requestBodiesBytesMax, unreadAnswersBytesMax, cutOffGraceMs: graceMs } = memory;
  instance.decorate('bodyMemory', new MemoryShares({ bytesMax: requestBodiesBytesMax, graceMs }));
  serveOneAtATime(instance);
  const answers = new MemoryShares({ bytesMax: unreadAnswersBytesMax, graceMs });
  boundUnreadAnswers(instance, answers, patience.answerMsMax);
  instance.addHook('onRequest', (_request, reply, done) => {
    if (!isStopping()) return done();
    reply.header('connection', 'close');
    done(new HoldfastError('unavailable', 'The archive is stopping: try again in a moment.'));
  });
  instance.addHook('onRequest', (request, _reply, done) => {
    done(isQueryEncoded(request.raw.url ?? '') ? undefined : addressUnreadable());
  });
  return adapter;
}

const addressUnreadable = (): HoldfastError =>
  new HoldfastError('request-malformed', 'The address cannot be read: it is too long or wrongly encoded.');

/** Fastify reads parameters leniently: what is no percent-encoded UTF-8 would become other words than were asked for. */
function isQueryEncoded(url: string): boolean {
  try {
    decodeURIComponent(url.slice(url.indexOf('?') + 1));
    return true;
  } catch {
    return false;
  }
}

const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'request-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'too-slow',
};

/**
 * For bytes that are no HTTP request, or one that never ends: there is no request to reply to, only a socket. What comes
 * after the refusal is thrown away for a while: a connection that is closed with bytes unread is reset, and whoever is
 * still sending would never read why.
 */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.writableEnded) return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const code = codes[error.code ?? ''] ?? 'request-malformed';
  const problem = problemOf(new HoldfastError(code, 'The request could not be read as HTTP/1.1.'));
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
  throwAwayTheRest(socket);
}

function throwAwayTheRest(socket: Socket): void {
  const bytesMax = socket.bytesRead + archiveLimits.refusedBytesMax;
  // Away from the parser: one that was only too slow would go on, and what has been refused would be done.
  socket.removeAllListeners('data');
  socket.on('data', () => {
    if (socket.bytesRead > bytesMax) socket.destroy();
  });
  socket.resume();
  // The other side may keep its half open for ever.
  const timer = setTimeout(() => socket.destroy(), archiveLimits.refusedMsMax);
  socket.once('close', () => clearTimeout(timer));
}
