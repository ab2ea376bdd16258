/**
 * Custody receipts as a sender takes them in: only promises of this crate on its terms, signed by an archive whose id
 * is known otherwise than from the receipt. Everything else is told of and counts for nothing (spec/custody.md).
 */
import { verifyCustody } from '@holdfast/protocol';
import { countedArchives, type Candidate } from './holders.js';
import type { KeptCustody, SentCrate } from './sent-store.js';

const hourSeconds = 3600;

export interface HeardCustody {
  /** By the archive's id. */
  readonly custody: Readonly<Record<string, KeptCustody>>;
  /** What is wrong with the others. */
  readonly flaws: readonly string[];
}

/**
 * @param only the archive that all of them must be of
 * @param now NumericDate, seconds
 */
export async function readCustody(
  receipts: readonly string[],
  { crate, sizeBytes, expiresAt }: SentCrate,
  candidates: readonly Candidate[],
  now: number,
  only?: string,
): Promise<HeardCustody> {
  const terms = { crate, sizeBytes, expiryHour: expiresAt / hourSeconds };
  const counted = countedArchives(candidates);
  // Somebody of the card whose id the card does not name: the promise is honest, and yet proves nothing.
  const hasNameless = candidates.some(({ archive }) => archive === undefined);
  const custody: Record<string, KeptCustody> = {};
  const flaws: string[] = [];
  for (const jws of receipts) {
    const receipt = await verifyCustody(jws, terms, now);
    if (!receipt.ok) {
      flaws.push(receipt.detail);
      continue;
    }
    const { archive, iat } = receipt.value;
    const holder = counted.get(archive);
    if (only !== undefined && archive !== only) flaws.push('The custody receipt is of another archive.');
    else if (holder !== undefined) custody[archive] = { url: holder.url, iat, jws };
    else if (!hasNameless) flaws.push('The custody receipt is of an archive that nobody has named.');
  }
  return { custody, flaws };
}
