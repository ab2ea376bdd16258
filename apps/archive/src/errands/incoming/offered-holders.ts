/** Who holds a crate, by what an offer of it says: whoever offers it, and those whom that archive has named. */
import { limits } from '@holdfast/protocol';
import { namedHolders, type HolderOf } from '../../crates/holders/holder.js';

/** @param ownUrl of this archive, which is left out */
export function offeredHolders(
  { crate, holders }: { readonly crate: string; readonly holders: readonly string[] },
  { archive, url }: { readonly archive: string; readonly url?: string | undefined },
  ownUrl: string,
): HolderOf[] {
  const others = holders.filter((each) => each !== url).slice(0, limits.holdersMax - 1);
  return [
    ...(url === undefined ? [] : [{ crate, url, bring: false, archive }]),
    ...namedHolders({ holders: others }, ownUrl).map((holder) => ({ crate, ...holder })),
  ];
}
