/** The variables that say which records the archive keeps (spec/gossip.md, "Scope and horizon"). */
import {
  isAcceptablePublicKey,
  decodeBase64urlOf,
  isCollection,
  isNumericDate,
  isTopic,
  limits,
  type Scope,
} from '@holdfast/protocol';
import * as z from 'zod/mini';

const namesOf = (text: string): string[] => text.split(',').map((name) => name.trim());

const some = (what: string, accepts: (name: string) => boolean) => {
  const isSome = (names: readonly string[]) => names.length <= limits.scopeValuesMax && names.every(accepts);
  const sentence = `must be 1 to ${limits.scopeValuesMax} ${what}, with commas between them`;
  return z.optional(
    z.pipe(
      z.string().check(z.refine((text) => isSome(namesOf(text)), sentence)),
      z.transform((text: string) => [...new Set(namesOf(text))]),
    ),
  );
};

const timeSentence =
  'must be a date such as 2026-01-31, a time such as 2026-01-31T12:00:00Z, or seconds since 1970';

export const scopeVariables = {
  HOLDFAST_SCOPE_AUTHORS: some("authors' public keys", isAuthor),
  HOLDFAST_SCOPE_COLLECTIONS: some('names of collections', isCollection),
  HOLDFAST_SCOPE_TOPICS: some('topics', isTopic),
  HOLDFAST_SCOPE_SINCE: z.optional(
    z.pipe(
      z.string().check(z.refine((text) => isNumericDate(secondsOf(text)), timeSentence)),
      z.transform(secondsOf),
    ),
  ),
} as const;

interface ScopeValues {
  readonly HOLDFAST_SCOPE_AUTHORS?: string[] | undefined;
  readonly HOLDFAST_SCOPE_COLLECTIONS?: string[] | undefined;
  readonly HOLDFAST_SCOPE_TOPICS?: string[] | undefined;
  readonly HOLDFAST_SCOPE_SINCE?: number | undefined;
}

/** Without the members that are not set: `{}` is everything. */
export function scopeOf(values: ScopeValues): Scope {
  const members = {
    authors: values.HOLDFAST_SCOPE_AUTHORS,
    collections: values.HOLDFAST_SCOPE_COLLECTIONS,
    topics: values.HOLDFAST_SCOPE_TOPICS,
    since: values.HOLDFAST_SCOPE_SINCE,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function isAuthor(name: string): boolean {
  const key = decodeBase64urlOf(name, 32);
  return key !== undefined && isAcceptablePublicKey(key);
}

/** NaN: neither a date nor seconds. */
function secondsOf(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  const isTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  return isTime ? Math.floor(Date.parse(text) / 1000) : Number.NaN;
}
