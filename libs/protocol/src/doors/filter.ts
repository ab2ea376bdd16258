/** The filter of queries and follows (spec/doors.md, "Filters"): the same members over HTTP, WebSocket and in the SDK. */
import * as z from 'zod/mini';
import { isAcceptablePublicKey } from '../keys/ed25519.js';
import { decodeBase64urlOf } from '../encoding/base64url.js';
import { limits } from '../limits.js';
import { isCollection, isNumericDate, isRecordId, isRecordKey, isTopic } from '../records/payload.js';
import { accepted, excerptOf, refused, type Result } from '../errors/result.js';

const text = (what: string, accepts: (value: string) => boolean) =>
  z.string().check(z.refine(accepts, { error: `is not ${what}` }));

export const recordIdSchema = text('a record id (43 characters of base64url)', isRecordId);
export const publicKeySchema = text('an Ed25519 public key (43 characters of base64url)', (value) => {
  const bytes = decodeBase64urlOf(value, 32);
  return bytes !== undefined && isAcceptablePublicKey(bytes);
});
const numericDateSchema = z
  .number()
  .check(z.refine(isNumericDate, { error: 'is not a NumericDate in whole seconds' }));
const cursorSchema = z.string().check(z.minLength(1), z.maxLength(limits.cursorLengthMax));

const matchMembers = {
  author: z.optional(publicKeySchema),
  collection: z.optional(text('a collection', isCollection)),
  key: z.optional(text('a key', isRecordKey)),
  topic: z.optional(text('a topic', isTopic)),
  since: z.optional(numericDateSchema),
  until: z.optional(numericDateSchema),
};

export const followFilterSchema = z.strictObject({
  ...matchMembers,
  /** Also revisions that are no longer, or were never, the head. */
  history: z.optional(z.boolean()),
});

export const queryFilterSchema = z.strictObject({
  ...matchMembers,
  history: z.optional(z.boolean()),
  /** Words that the body must have, in the syntax of PostgreSQL's websearch_to_tsquery. */
  q: z.optional(
    text(
      `a text of 1 to ${limits.queryTextLengthMax} characters`,
      (value) =>
        value.length > 0 &&
        value.length <= limits.queryTextLengthMax &&
        value.isWellFormed() &&
        !value.includes('\0'),
    ),
  ),
  limit: z.optional(z.int().check(z.gte(1), z.lte(limits.queryLimitMax))),
  cursor: z.optional(cursorSchema),
});

export type FollowFilter = z.infer<typeof followFilterSchema>;
export type QueryFilter = z.infer<typeof queryFilterSchema>;
export { cursorSchema };

const numberMembers = new Set(['since', 'until', 'limit']);

/** Reads the filter of `GET /v1/records?…`: every member at most once, numbers in plain decimal, `history=true`. */
export function queryFilterFromParameters(
  parameters: Iterable<readonly [string, unknown]>,
): Result<QueryFilter> {
  // Without a prototype, "__proto__" is a member like any other, and refused like one.
  const members = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of parameters) {
    if (typeof value !== 'string' || Object.hasOwn(members, name)) {
      return refused('filter-invalid', `"${excerptOf(name)}" must stand once.`);
    }
    if (numberMembers.has(name)) members[name] = /^\d{1,15}$/.test(value) ? Number(value) : value;
    else if (name === 'history') members[name] = value === 'true' ? true : value === 'false' ? false : value;
    else members[name] = value;
  }
  return checkFilter(queryFilterSchema, members);
}

export function checkFilter<T>(schema: z.ZodMiniType<T>, value: unknown): Result<T> {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? accepted(parsed.data) : refused('filter-invalid', describeIssue(parsed.error));
}

/** The first thing that is wrong, as a sentence that names the member. */
export function describeIssue(error: z.core.$ZodError): string {
  const issue = error.issues[0]!;
  if (issue.code === 'unrecognized_keys') return `Unknown member "${excerptOf(issue.keys[0]!)}".`;
  const path = issue.path.join('.');
  return `${path === '' ? 'The value' : `"${path}"`} ${flawOf(issue)}.`;
}

const hasLength = (origin: string): boolean => origin === 'array' || origin === 'string';

function flawOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is missing or no ${issue.expected}`;
    case 'invalid_value':
      return `is not one of ${issue.values.join(', ')}`;
    case 'too_small':
      return `is ${hasLength(issue.origin) ? 'shorter' : 'less'} than ${issue.minimum}`;
    case 'too_big':
      return `is ${hasLength(issue.origin) ? 'longer' : 'greater'} than ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/**
 * Whether a record passes a filter of a follow. `history` is not looked at: whether a record is a head is the
 * archive's knowledge.
 */
export function matchesFilter(filter: FollowFilter, record: FilteredMembers): boolean {
  return (
    (filter.author === undefined || filter.author === record.author) &&
    (filter.collection === undefined || filter.collection === record.collection) &&
    (filter.key === undefined || filter.key === record.key) &&
    (filter.topic === undefined || (record.topics ?? []).includes(filter.topic)) &&
    (filter.since === undefined || record.iat >= filter.since) &&
    (filter.until === undefined || record.iat <= filter.until)
  );
}

interface FilteredMembers {
  readonly author: string;
  readonly collection: string;
  readonly key?: string;
  readonly topics?: readonly string[];
  readonly iat: number;
}
