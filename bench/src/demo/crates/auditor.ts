/** Asks the archives from outside what has become of crates that they have promised to hold. */
import type { MessageStatus } from '@holdfast/client';
import { crateStatesAt } from './crate-states.js';
import type { ArchiveProcess } from '@holdfast/testing';

/** How many crates are not there any more although nobody has shown a proof: let go before their time. */
export async function countEarly(
  messages: readonly MessageStatus[],
  living: ReadonlySet<ArchiveProcess>,
): Promise<number> {
  let early = 0;
  for (const archive of living) {
    const promised = messages
      .flatMap(({ crates }) => crates)
      .filter(({ custody }) => custody.some((receipt) => receipt.archive === archive.id))
      .map(({ crate }) => crate);
    for (const state of await crateStatesAt(archive, promised)) {
      if (state !== 'accepted' && state !== 'delivered') early++;
    }
  }
  return early;
}
