/** Other archives that hold a crate or are to hold it, as senders and archives name them (spec/custody.md). */
import { HoldfastError, limits } from '@holdfast/protocol';

export interface NamedHolder {
  readonly url: string;
  /** Whether this archive shall bring the crate there. */
  readonly bring: boolean;
  /** The archive's id, where that is known to be the one that holds the crate. */
  readonly archive?: string;
}

export interface HolderOf extends NamedHolder {
  readonly crate: string;
}

/** What a deposit names beside the archive that gets it. */
export interface NamedArchives {
  readonly bring?: readonly string[] | undefined;
  readonly holders?: readonly string[] | undefined;
}

/**
 * Each other archive once; to be brought to where it is named for both. The archive itself is left out.
 * @throws HoldfastError `request-malformed` when there are too many
 */
export function namedHolders({ bring = [], holders = [] }: NamedArchives, ownUrl: string): NamedHolder[] {
  const own = canonical(ownUrl);
  const named = new Map<string, NamedHolder>();
  for (const url of bring) named.set(canonical(url), { url, bring: true });
  for (const url of holders) {
    if (!named.has(canonical(url))) named.set(canonical(url), { url, bring: false });
  }
  named.delete(own);
  if (named.size > limits.holdersMax) {
    const sentence = `"bring" and "holders" name at most ${limits.holdersMax} archives together.`;
    throw new HoldfastError('request-malformed', sentence);
  }
  return [...named.values()];
}

/** The names of both, each once. */
export function joinHolders(
  one: readonly NamedHolder[] = [],
  two: readonly NamedHolder[] = [],
): NamedHolder[] {
  const joined = new Map<string, NamedHolder>();
  for (const holder of [...one, ...two]) {
    const known = joined.get(holder.url);
    joined.set(holder.url, { ...known, ...holder, bring: holder.bring || known?.bring === true });
  }
  return [...joined.values()].slice(0, limits.holdersMax);
}

/** URLs that differ only in how they are written lead to one archive. */
const canonical = (url: string): string => new URL(url).href.replace(/\/+$/, '');
