/** The `error` frame (spec/doors.md, "Errors"). */
import type { Answer, ErrorCode, ErrorData, HoldfastError } from '@holdfast/protocol';

interface ErrorFrame {
  readonly n?: number | undefined;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryable: boolean;
  readonly data?: ErrorData;
}

export function errorFrame({ n, code, detail, retryable, data = {} }: ErrorFrame): Answer {
  return { op: 'error', ...(n === undefined ? {} : { n }), code, detail, retryable, ...roomOf(data) };
}

/** In answer to the request with this number. */
export const frameOfError = (n: number, { code, message: detail, retryable, data }: HoldfastError): Answer =>
  errorFrame({ n, code, detail, retryable, data });

/** Of an error's facts, the two that a frame has a place for: what is used up, and until when. */
function roomOf({ quota, until }: ErrorData): { quota?: string; until?: number } {
  return {
    ...(typeof quota === 'string' ? { quota } : {}),
    ...(typeof until === 'number' ? { until } : {}),
  };
}
