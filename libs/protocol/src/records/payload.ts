/** The payload of a record: its members and their grammar (spec/records.md, "Payload"). */
import { decodeBase64urlOf } from '../encoding/base64url.js';
import type { Json } from '../encoding/strict-json.js';
import { accepted, excerptOf, refused, type Refusal, type Result } from '../errors/result.js';
import { limits } from '../limits.js';
import type { RecordPayload } from './record.js';

const members = new Set(['collection', 'key', 'iat', 'exp', 'topics', 'refs', 'body']);
const collectionPattern = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;
/** The last second of the year 9999, the end of what ISO 8601 and databases agree on. */
const numericDateMax = 253402300799;

export const isCollection = (text: string): boolean =>
  text.length <= limits.collectionLengthMax && collectionPattern.test(text);

export const isRecordKey = (text: string): boolean => isLabel(text, limits.keyLengthMax);

export const isTopic = (text: string): boolean => isLabel(text, limits.topicLengthMax);

export const isRecordId = (text: string): boolean => decodeBase64urlOf(text, 32) !== undefined;

export const isNumericDate = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= numericDateMax;

export function checkPayload(json: Json): Result<RecordPayload> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return invalid('The payload is not an object.');
  const payload = json as { readonly [member: string]: Json };
  for (const member of Object.keys(payload)) {
    if (!members.has(member)) return invalid(`The payload has an unknown member "${excerptOf(member)}".`);
  }
  const { collection, key, iat, exp, topics, refs } = payload;
  if (typeof collection !== 'string' || !isCollection(collection)) {
    return invalid('"collection" is not a name of 1 to 64 characters a-z, 0-9, ".", "_" or "-".');
  }
  if (!('body' in payload)) return invalid('"body" is missing.');
  if (!isNumericDate(iat)) return invalid('"iat" is not a NumericDate in whole seconds.');
  if (exp !== undefined && (!isNumericDate(exp) || exp <= iat)) {
    return invalid('"exp" is not a NumericDate in whole seconds after "iat".');
  }
  if (key !== undefined && (typeof key !== 'string' || !isRecordKey(key))) {
    return invalid(
      `"key" is not a text of 1 to ${limits.keyLengthMax} characters without control characters.`,
    );
  }
  if (topics !== undefined && !isSetOf(topics, limits.topicsMax, isTopic)) {
    return invalid(`"topics" is not a list of 1 to ${limits.topicsMax} different topics.`);
  }
  if (refs !== undefined && !isSetOf(refs, limits.refsMax, isRecordId)) {
    return invalid(`"refs" is not a list of 1 to ${limits.refsMax} different record ids.`);
  }
  return accepted(payload as unknown as RecordPayload);
}

function isLabel(text: string, lengthMax: number): boolean {
  return text.length > 0 && text.length <= lengthMax && text.isWellFormed() && !controlCharacter.test(text);
}

function isSetOf(json: Json, countMax: number, isMember: (text: string) => boolean): boolean {
  if (!Array.isArray(json) || json.length === 0 || json.length > countMax) return false;
  const list = json as readonly Json[];
  return (
    list.every((item) => typeof item === 'string' && isMember(item)) && new Set(list).size === list.length
  );
}

const invalid = (detail: string): Refusal => refused('record-payload-invalid', detail);
