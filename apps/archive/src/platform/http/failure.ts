/**
 * Anything that was thrown, as the coded error that a client may see: over HTTP as a problem, over a WebSocket as an
 * error frame. What was not expected becomes `internal-error` without its text, which may quote rows or statements;
 * the original stays as the cause, for the log.
 */
import { HttpException } from '@nestjs/common';
import { HoldfastError, type ErrorCode } from '@holdfast/protocol';

export function asHoldfastError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (error instanceof HttpException) return fromHttp(error);
  const code = codeOf(error);
  if (code === '57014')
    return new HoldfastError('query-timeout', 'The query took too long: narrow it.', {}, { cause: error });
  if (isDatabaseGone(code, error)) {
    return new HoldfastError(
      'unavailable',
      'The database does not answer now: try again later.',
      {},
      { cause: error },
    );
  }
  return new HoldfastError(
    'internal-error',
    'Something unexpected happened; the log of the archive has more.',
    {},
    { cause: error },
  );
}

const codesByStatus: Readonly<Record<number, ErrorCode>> = {
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'too-slow',
  413: 'request-too-large',
  414: 'request-too-large',
  415: 'media-type-unsupported',
  431: 'request-too-large',
  503: 'unavailable',
};

const sentences: Partial<Record<ErrorCode, string>> = {
  'request-malformed': 'The request cannot be read: check its address, its headers and its body.',
  'request-too-large': 'The request is larger than this door takes.',
  'media-type-unsupported': 'This door does not take that content type.',
  'not-found': 'There is nothing at this address.',
  'too-slow': 'The request did not arrive in time.',
  unavailable: 'The archive cannot serve this now.',
};

/** Nest and Fastify answer for what never reaches a door: unknown addresses, bodies that cannot be parsed. */
function fromHttp(error: HttpException): HoldfastError {
  const status = error.getStatus();
  const code = codesByStatus[status] ?? (status < 500 ? 'request-malformed' : 'internal-error');
  return new HoldfastError(code, sentences[code] ?? 'The request failed.', {}, { cause: error });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** A container that stops takes its name with it, a machine or a network its address. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
]);

/**
 * PostgreSQL classes 08, 53 and 57P, a server that has become a standby (25006) or has taken back its connection
 * (25P03), the network's own codes, pg's texts without a code, and Prisma's P1xxx.
 */
function isDatabaseGone(code: string, error: unknown): boolean {
  if (/^(08|53|57P|25006|25P03)|^P1\d{3}$/.test(code) || networkCodes.has(code)) return true;
  if (!(error instanceof Error)) return false;
  return /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  );
}
