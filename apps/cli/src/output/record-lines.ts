/** Records for the eyes: one line each in lists, the whole body for one. */
import type { HoldfastRecord, Json } from '@holdfast/protocol';
import { printable } from './output.js';

const summaryLengthMax = 100;

/** As JSON: everything that the author signed, without the signature around it. */
export function recordAsJson({ jws: _jws, id, author, ...payload }: HoldfastRecord): object {
  return { id, author, ...payload };
}

/** Time (UTC), the beginning of the author, collection, key, and what the body begins with; the id before it if asked for. */
export function recordLine(record: HoldfastRecord, hasId = false): string {
  const key = printable(record.key ?? '-');
  return [
    ...(hasId ? [record.id] : []),
    timeText(record.iat),
    record.author.slice(0, 8),
    record.collection,
    key,
    summaryOf(record.body),
  ].join('  ');
}

/** A NumericDate as `2026-11-23 13:05`, or `2026-11-23 13:05:09`; UTC. */
export const timeText = (seconds: number, to: 'minutes' | 'seconds' = 'minutes'): string =>
  new Date(seconds * 1000)
    .toISOString()
    .slice(0, to === 'minutes' ? 16 : 19)
    .replace('T', ' ');

/** A text as it is; a mail, or whatever else has a text, with its other parts above it; the rest as JSON. */
export function bodyText(body: Json): string {
  if (typeof body === 'string') return body;
  if (!isObject(body) || typeof body['text'] !== 'string') return JSON.stringify(body, undefined, 2);
  const { text, ...others } = body;
  const lines = Object.entries(others).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return lines.length === 0 ? text : `${lines.join('\n')}\n\n${text}`;
}

/** The first line that says something, on one line. */
export function summaryOf(body: Json): string {
  const heading = isObject(body) ? [body['subject'], body['title'], body['text']].find(isFilled) : body;
  const text = isFilled(heading) ? heading : JSON.stringify(body);
  const line = printable(text.split('\n').find((part) => part.trim() !== '') ?? '').trim();
  return line.length <= summaryLengthMax ? line : `${[...line].slice(0, summaryLengthMax - 1).join('')}…`;
}

const isObject = (json: Json): json is { readonly [member: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const isFilled = (json: Json | undefined): json is string => typeof json === 'string' && json.trim() !== '';
