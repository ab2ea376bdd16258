/** Looks into crates with the keys that a storage keeps: what only their recipient can see. */
import { decodeBase64url, type KemKeys, type PrivateJwk } from '@holdfast/protocol';
import { openCrate, type OpenedCrate } from '@holdfast/protocol/sealing';
import type { Storage } from '../src/index.js';
import type { CrateArchive } from './crate-archive.js';

export interface SeenCrate extends OpenedCrate {
  /** The mailbox that it was sealed for. */
  readonly mailbox: string;
}

/** Every crate that ever came to the archive and that this identity can open, in the order in which they came. */
export async function openedBy(owner: string, storage: Storage, archive: CrateArchive): Promise<SeenCrate[]> {
  const keys = new Map<string, readonly KemKeys[]>();
  for (const prefix of ['mailbox/', 'pairwise/']) {
    for (const { value } of await storage.list(prefix)) {
      const { signing, kem } = JSON.parse(value) as { signing: PrivateJwk; kem: readonly KemKeys[] };
      keys.set(signing.x, kem);
    }
  }
  const seen: SeenCrate[] = [];
  for (const { mailbox, envelope } of archive.crates.values()) {
    const kem = keys.get(mailbox);
    if (kem === undefined) continue;
    const opened = await openCrate(decodeBase64url(envelope)!, { mailbox, owner, kem });
    if (opened.ok) seen.push({ ...opened.value, mailbox });
  }
  return seen;
}
