/**
 * What archives hold, compared from outside: this knows records only as their text, and does not share a line with the
 * code that it checks. Promise P5: after any partition heals, trusted archives hold the same records of the scope that
 * they agree on. What was retracted is not kept, and nothing else is lost.
 */
import type { Scope } from '@holdfast/protocol';

/** The texts of the records that are held, by id; not of those that were retracted. */
export type Holdings = ReadonlyMap<string, string>;

export interface Holder {
  readonly name: string;
  readonly scope: Scope;
  readonly holdings: Holdings;
}

interface ReadRecord {
  readonly author: string;
  readonly collection: string;
  readonly topics: readonly string[];
  readonly refs: readonly string[];
  readonly iat: number;
}

const systemCollections = new Set(['keys', 'profile', 'archives', 'vault', 'retractions']);
const read = new Map<string, ReadRecord>();

/** Sentences about what differs between two archives in the scope of both; none when they converged. */
export function differencesOf(a: Holder, b: Holder): string[] {
  const differences: string[] = [];
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const [id, text] of one.holdings) {
      if (!isMeant(text, one.scope, other.scope)) continue;
      const theirs = other.holdings.get(id);
      if (theirs === text) continue;
      const what = theirs === undefined ? 'lacks' : 'has changed';
      differences.push(
        `${other.name} ${what} ${id} (${readRecord(text).collection}), which ${one.name} holds`,
      );
    }
  }
  return differences;
}

/** Sentences about bodies that an archive keeps though it holds their author's retraction. */
export function keptInSpiteOfRetraction({ name, holdings }: Holder): string[] {
  const kept: string[] = [];
  for (const [id, text] of holdings) {
    const retraction = readRecord(text);
    if (retraction.collection !== 'retractions') continue;
    for (const ref of retraction.refs) {
      const target = holdings.get(ref);
      if (target === undefined) continue;
      const { author, collection } = readRecord(target);
      if (author !== retraction.author || collection === 'retractions') continue;
      kept.push(`${name} keeps ${ref}, which ${id} retracts`);
    }
  }
  return kept;
}

/**
 * Sentences about records that an archive said it had stored and does not hold.
 * @param stored ids by the name of the archive that said so
 * @param textOf every record's text, by id, also of what has been retracted
 */
export function lost(
  { name, holdings }: Holder,
  stored: Iterable<string>,
  textOf: ReadonlyMap<string, string>,
): string[] {
  const retracted = new Set<string>();
  for (const text of holdings.values()) {
    const { collection, author, refs } = readRecord(text);
    if (collection === 'retractions') for (const ref of refs) retracted.add(`${author} ${ref}`);
  }
  const sentences: string[] = [];
  for (const id of stored) {
    if (holdings.has(id)) continue;
    const { author, collection } = readRecord(textOf.get(id)!);
    if (retracted.has(`${author} ${id}`) && collection !== 'retractions') continue;
    sentences.push(`${name} said that ${id} (${collection}) was stored, and lacks it`);
  }
  return sentences;
}

/** Whether a record is one that both archives mean to hold. */
export function isMeant(text: string, ...scopes: readonly Scope[]): boolean {
  const record = readRecord(text);
  return scopes.every((scope) => {
    if (scope.since !== undefined && record.iat < scope.since) return false;
    if (scope.authors !== undefined && !scope.authors.includes(record.author)) return false;
    if (systemCollections.has(record.collection)) return true;
    if (scope.collections !== undefined && !scope.collections.includes(record.collection)) return false;
    return scope.topics === undefined || record.topics.some((topic) => scope.topics!.includes(topic));
  });
}

function readRecord(text: string): ReadRecord {
  const known = read.get(text);
  if (known !== undefined) return known;
  const [header, payload] = text
    .split('.', 2)
    .map((part) => JSON.parse(decoded(part)) as Record<string, unknown>);
  const record: ReadRecord = {
    author: header!['kid'] as string,
    collection: payload!['collection'] as string,
    topics: (payload!['topics'] ?? []) as string[],
    refs: (payload!['refs'] ?? []) as string[],
    iat: payload!['iat'] as number,
  };
  read.set(text, record);
  return record;
}

/** The records of simulations are ASCII. */
const decoded = (base64url: string): string => atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
