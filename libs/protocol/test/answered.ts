/** What the tests of parsers of strangers' input share: how many changes are tried, and what a refusal must be. */
import { expect } from '@jest/globals';
import { isErrorCode } from '../src/errors/codes.js';
import type { Result } from '../src/errors/result.js';

export const runs = { numRuns: 500 };
export const id = 'PLLXub18GGi3q7oZClJZSCCx77N6zaPYfvSSQstUTCY';

/** The value, or undefined for a refusal, which has one of the codes and a detail for every reader of JSON. */
export function answered<T>(result: Result<T>, codes: RegExp): T | undefined {
  if (result.ok) return result.value;
  expect(result.code).toMatch(codes);
  expect(isErrorCode(result.code)).toBe(true);
  expect(result.detail).not.toBe('');
  expect(result.detail.isWellFormed()).toBe(true);
  return undefined;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
