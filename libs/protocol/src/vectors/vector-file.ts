/** The form of the files in vectors/ (vectors/README.md): JSON that any language reads without this library. */
import type { Json } from '../encoding/strict-json.js';

/** A text, or its pieces where one of them repeats: 64 KiB of the same character need no 64 KiB of file. */
export type VectorText = string | readonly (string | { readonly repeat: string; readonly times: number })[];

export interface VectorCase {
  readonly name: string;
  readonly expect: VectorVerdict;
  readonly [input: string]: unknown;
}

/** `ok` with everything that must come out, or not, with the code where the refusal has one. */
export type VectorVerdict =
  { readonly ok: true; readonly [member: string]: unknown } | { readonly ok: false; readonly code?: string };

export interface VectorFile {
  /** What is done with each case; the name of the file too. */
  readonly kind: string;
  readonly about: string;
  readonly cases: readonly VectorCase[];
  /** Keys that the cases name. */
  readonly keys?: { readonly [name: string]: Json };
}

export function textOf(text: VectorText): string {
  if (typeof text === 'string') return text;
  return text.map((piece) => (typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times))).join('');
}

const repeatedMax = 8;
const timesMin = 64;

/** The text in pieces when something of up to 8 characters stands there 64 times or more in a row. */
export function piecesOf(text: string): VectorText {
  const pieces: (string | { repeat: string; times: number })[] = [];
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const run = runAt(text, at);
    if (run === undefined) continue;
    if (at > end) pieces.push(text.slice(end, at));
    pieces.push(run);
    end = at + run.repeat.length * run.times;
    at = end - 1;
  }
  if (end === 0) return text;
  return end < text.length ? [...pieces, text.slice(end)] : pieces;
}

/** Counted, since a regular expression takes its stack for every repetition. */
function runAt(text: string, at: number): { repeat: string; times: number } | undefined {
  for (let length = 1; length <= repeatedMax; length++) {
    let end = at + length;
    while (end < text.length && text[end] === text[end - length]) end++;
    const times = Math.floor((end - at) / length);
    if (times >= timesMin) return { repeat: text.slice(at, at + length), times };
  }
  return undefined;
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const bytesOfHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
