/** Looks into the databases, from outside, whether every archive holds what was published, and nothing else. */
import { heldRecords, type ArchiveProcess } from '@holdfast/testing';
import type { Publication } from './signed-mails.js';

/**
 * How many records are not as they should be, over all archives: not there, with another body than was signed, there
 * though their author has taken them back, or never published.
 */
export async function countMissing(
  archives: readonly ArchiveProcess[],
  { records, retracted }: Publication,
): Promise<number> {
  const expected = new Map(records.filter(({ id }) => !retracted.has(id)).map(({ id, jws }) => [id, jws]));
  let missing = 0;
  for (const { databaseUrl } of archives) {
    let right = 0;
    for await (const { id, jws } of heldRecords(databaseUrl)) {
      if (expected.get(Buffer.from(id, 'hex').toString('base64url')) === jws) right++;
      else missing++;
    }
    missing += expected.size - right;
  }
  return missing;
}
