/**
 * Bad input from outside is a value, not an exception: parsers answer a `Result`, whose refusal
 * carries the code and a sentence for whoever sent the input.
 */
import type { ErrorCode } from './codes.js';
import { HoldfastError } from './holdfast-error.js';

export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

export type Result<T> = Accepted<T> | Refusal;

export const accepted = <T>(value: T): Accepted<T> => ({ ok: true, value });

export const refused = (code: ErrorCode, detail: string): Refusal => ({ ok: false, code, detail });

/** What a detail may quote of somebody's text: little, and nothing that a strict reader of JSON would stumble over. */
export const excerptOf = (text: string): string => text.slice(0, 64).toWellFormed();

/** The value of a result that must not fail here; throws the refusal as a HoldfastError. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new HoldfastError(result.code, result.detail);
}
