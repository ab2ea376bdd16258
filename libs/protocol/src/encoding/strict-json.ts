/**
 * JSON (RFC 8259) as records need it: one text has one meaning. Refused beyond what JSON.parse refuses are
 * duplicate member names, more nesting than `depthMax`, strings with lone surrogates, and numbers beyond binary64,
 * which JSON.parse would make infinite (compare RFC 7493). The scan for flaws runs over text that JSON.parse has
 * already taken, so it only has to find names, strings, numbers and brackets.
 */
import { accepted, excerptOf, refused, type Result } from '../errors/result.js';
import type { ErrorCode } from '../errors/codes.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

const quote = 34;
const backslash = 92;

export function parseStrictJson(text: string, depthMax: number, code: ErrorCode): Result<Json> {
  let value: Json;
  try {
    if (nestingOf(text) > depthMax) return refused(code, `The JSON is nested more than ${depthMax} deep.`);
    value = JSON.parse(text) as Json;
  } catch {
    return refused(code, 'The text is not JSON.');
  }
  const flaw = flawOf(text);
  return flaw === undefined ? accepted(value) : refused(code, flaw);
}

/** The deepest nesting, counted before parsing, so that a hostile text never reaches the recursion of JSON.parse. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) i = endOfString(text, i);
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

function flawOf(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b) open.push(new Set());
    else if (code === 0x5b) open.push(undefined);
    else if (code === 0x7d || code === 0x5d) open.pop();
    else if (code === quote) {
      const end = endOfString(text, i);
      const raw = text.slice(i + 1, end);
      const string = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
      if (!string.isWellFormed()) return 'A string has a lone surrogate.';
      const names = open.at(-1);
      if (names !== undefined && isName(text, end + 1)) {
        if (names.has(string)) return `The member "${excerptOf(string)}" stands twice.`;
        names.add(string);
      }
      i = end;
    } else if (isNumberStart(code)) {
      numberPattern.lastIndex = i;
      const number = numberPattern.exec(text)![0];
      if (!Number.isFinite(Number(number))) return 'A number is greater than binary64 can hold.';
      i += number.length - 1;
    }
  }
  return undefined;
}

const numberPattern = /[-+.0-9eE]+/y;

const isNumberStart = (code: number): boolean => code === 0x2d || (code >= 0x30 && code <= 0x39);

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== quote) i += text.charCodeAt(i) === backslash ? 2 : 1;
  return i;
}

function isName(text: string, after: number): boolean {
  let i = after;
  while (i < text.length && ' \t\n\r'.includes(text[i]!)) i++;
  return text[i] === ':';
}
