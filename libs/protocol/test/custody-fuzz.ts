/**
 * Custody receipts changed where their structure is: parts, alphabet and padding of the compact JWS, the JSON of header
 * and payload, and the signature. The signature stays that of the receipt as it was signed.
 */
import { encodeBase64url } from '../src/encoding/base64url.js';
import { encodeUtf8 } from '../src/encoding/bytes.js';
import type { FuzzSource } from './fuzz-source.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const joints = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  ' ',
  '\n',
  '\\',
  '\\u0061',
  '\0',
  '\ufeff',
  '-',
  '.',
  'e1',
  '0',
  '1',
];
const members = [
  '"iat":1,',
  '"crate":"A",',
  '"__proto__":{},',
  '"alg":"none",',
  '"crit":[],',
  '"b64":false,',
  '"":0,',
];
const oddValues = [
  'null',
  'true',
  '-0',
  '1.5',
  '1e999',
  '1e3',
  '9'.repeat(400),
  '{}',
  '[]',
  '"A"',
  '"\\ud800"',
  '['.repeat(40),
];

export function changedReceipt(jws: string, source: FuzzSource): string {
  const parts = jws.split('.');
  const part = source.below(3);
  switch (source.below(8)) {
    case 0:
      return spliced(
        jws,
        source.below(jws.length + 1),
        source.below(3),
        source.one([...alphabet, '.', '=', '+', '/', ' ', 'é']),
      );
    case 1:
      return changedParts(parts, source).join('.');
    case 2:
      return parts.with(part, edgeChanged(parts[part]!, source)).join('.');
    case 3:
      return parts.with(2, changedSignature(parts[2]!, source)).join('.');
    default: {
      const inside = source.below(3) === 0 ? 0 : 1;
      return parts.with(inside, encode(changedJson(decode(parts[inside]!), source))).join('.');
    }
  }
}

/** One part less or more, or two in each other's place. */
function changedParts(parts: readonly string[], source: FuzzSource): string[] {
  const at = source.below(3);
  const other = parts[source.below(3)]!;
  return source.one([
    parts.toSpliced(at, 1),
    parts.toSpliced(at, 0, other),
    parts.with(at, other),
    parts.with(at, ''),
  ]);
}

/** The last characters, where the bits that are not used are, or the length. */
function edgeChanged(part: string, source: FuzzSource): string {
  const cut = part.slice(0, part.length - source.below(4));
  return cut + source.one(['', '', source.one([...alphabet]), '=', '==', 'A', part.slice(-1)]);
}

function changedSignature(part: string, source: FuzzSource): string {
  const bytes = Buffer.from(part, 'base64url');
  const half = source.below(2) * 32;
  const how = source.below(8);
  if (how < 5) bytes[half + source.one([0, 1, 30, 31])]! ^= 1 << source.below(8);
  else bytes.fill(source.one([0, 0xff]), half, half + 32);
  return encodeBase64url(bytes);
}

function changedJson(json: string, source: FuzzSource): string {
  const starts = [...json.matchAll(/[{}:,"]|\d+/g)].map(({ index }) => index);
  const at = source.one(starts) + source.below(2);
  switch (source.below(6)) {
    case 0:
      return spliced(json, at, source.below(3), source.one(joints));
    case 1:
      return spliced(json, 1, 0, source.one(members));
    case 2:
      return json.replace(source.one([/:\d+/, /:"[^"]*"/]), `:${source.one(oddValues)}`);
    case 3:
      return json.replace(
        /"iat":(\d+)/,
        (_, iat: string) => `"iat":${Number(iat) + source.below(200_000) - 100_000}`,
      );
    case 4:
      return json.replace(source.one([',', ':', '{', '}']), (joint) =>
        source.one([` ${joint}`, `${joint} `, joint + joint]),
      );
    default:
      return json.replace(
        source.one([/"(\w+)":/, /"(\w+)":(?!.*":)/]),
        (_, name: string) => `"${name.toUpperCase()}":`,
      );
  }
}

const spliced = (text: string, at: number, removed: number, inserted: string): string =>
  text.slice(0, at) + inserted + text.slice(at + removed);

const decode = (part: string): string => Buffer.from(part, 'base64url').toString();
const encode = (json: string): string => encodeBase64url(encodeUtf8(json));
