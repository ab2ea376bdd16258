/** Crates that are still on their way, as the storage names them: `outstanding/<crate>` holds the message's id. */
import type { Storage } from '../../storage/storage.js';
import type { CrateKnowledge, StoredMessage } from './sent-store.js';

export const outstandingPrefix = 'outstanding/';
export const sentPrefix = 'sent/';
export const cratePrefix = 'crate/';

/**
 * The URLs of the archives that a client needs a link to, so that what was sent from this storage goes on and is seen
 * delivered: those at which the recipients collect, and those that have taken a crate.
 */
export async function archivesOfOutstanding(storage: Storage): Promise<readonly string[]> {
  const outstanding = await storage.list(outstandingPrefix);
  const urls = new Set<string>();
  for (const message of new Set(outstanding.map(({ value }) => value))) {
    const text = await storage.get(sentPrefix + message);
    if (text === undefined) continue;
    for (const { collectedAt } of (JSON.parse(text) as StoredMessage).crates) {
      for (const url of collectedAt) urls.add(url);
    }
  }
  for (const { key } of outstanding) {
    const text = await storage.get(cratePrefix + key.slice(outstandingPrefix.length));
    const { places = {} } = text === undefined ? {} : (JSON.parse(text) as Partial<CrateKnowledge>);
    for (const url of Object.keys(places)) urls.add(url);
  }
  return [...urls];
}
