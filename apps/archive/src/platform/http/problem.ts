/** The one place that chooses HTTP statuses, and the problem document (RFC 9457) of an error. */
import { errorCodes, type ErrorCode, type HoldfastError } from '@holdfast/protocol';
import type { FastifyReply } from 'fastify';

/** Codes that are not listed are the client's fault: 400. */
const codesOfStatus: Readonly<Record<number, readonly ErrorCode[]>> = {
  403: ['not-authorised', 'receipt-invalid', 'recall-invalid', 'discard-invalid', 'peer-pending'],
  404: ['not-found', 'record-not-found', 'crate-not-found', 'peer-unknown'],
  405: ['method-not-allowed'],
  408: ['too-slow'],
  410: ['record-retracted', 'record-expired', 'crate-gone'],
  413: ['request-too-large', 'record-too-large'],
  415: ['media-type-unsupported'],
  429: ['too-many-in-flight'],
  500: ['internal-error'],
  503: ['unavailable', 'overloaded', 'query-timeout', 'too-many-connections', 'database-unreachable'],
  507: ['quota-exceeded'],
};

const statuses = new Map(
  Object.entries(codesOfStatus).flatMap(([status, codes]) =>
    codes.map((code) => [code, Number(status)] as const),
  ),
);

export const problemMediaType = 'application/problem+json';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
}

export function problemOf(error: HoldfastError): Problem {
  return {
    ...error.data,
    type: `urn:holdfast:error:${error.code}`,
    title: errorCodes[error.code].title,
    status: statuses.get(error.code) ?? 400,
    detail: error.message,
    code: error.code,
    retryable: error.retryable,
  };
}

/** Bytes rather than text: Fastify would add a charset, which the media type does not have. */
export function sendProblem(reply: FastifyReply, error: HoldfastError): void {
  const problem = problemOf(error);
  // What is left of a body that was refused is not read: the connection ends with the answer.
  const isUnread = problem.code === 'overloaded' && !reply.request.raw.complete;
  if (problem.status === 413 || problem.status === 408 || isUnread) reply.header('connection', 'close');
  const { until } = error.data;
  if (typeof until === 'number')
    reply.header('retry-after', Math.max(1, until - Math.floor(Date.now() / 1000)));
  reply
    .status(problem.status)
    .header('content-type', problemMediaType)
    .send(Buffer.from(JSON.stringify(problem)));
}
