/**
 * A crate that is on its way, and where its way leads: to the archives at which its mailbox is collected when one of
 * them is ours, else to any archive of ours until then; and whom to ask for it. Nothing here does IO.
 */
import type { CrateKnowledge, SentCrate } from './sent-store.js';

export interface TrackedCrate {
  readonly sent: SentCrate;
  known: CrateKnowledge;
  /** A deposit is tried again and again until it succeeds. */
  depositing: boolean;
  /** A deposit is on the wire: nobody can say whether the archive has the crate. */
  uncertain: boolean;
  /** Archives, by URL and by id, that have said that they do not hold it since it was recalled. */
  readonly notHeldAt: Set<string>;
}

/** What of an ArchiveLink counts here. */
interface Link {
  readonly url: string;
  readonly archiveId: string | undefined;
  readonly cratesOnly: boolean;
  readonly state: { readonly name: string };
}

type Crate = Pick<TrackedCrate, 'sent' | 'known'>;

export const trackedCrate = (sent: SentCrate, known: CrateKnowledge): TrackedCrate => ({
  sent,
  known,
  depositing: false,
  uncertain: false,
  notHeldAt: new Set(),
});

/** Where to bring a crate; an archive at which its recipient never looks only when there is no other. */
export function destinationsOf<L extends Link>({ sent }: Crate, links: readonly L[]): readonly L[] {
  const living = links.filter(isLiving);
  const named = living.filter(({ url }) => sent.collectedAt.includes(url));
  return named.length > 0 ? named : living.filter(isForAnything);
}

/** Whether there is an archive of ours that it ought to be brought to and was not. */
export function needsDeposit({ sent, known }: Crate, links: readonly Link[]): boolean {
  if (known.progress === 'local') return true;
  const named = links.filter((link) => isLiving(link) && sent.collectedAt.includes(link.url));
  if (named.length === 0 || named.some((link) => hasAccepted(known, link))) return false;
  return !Object.entries(known.places ?? {}).some(
    ([url, archive]) => archive !== '' && sent.collectedAt.includes(url),
  );
}

/** Whether the archive has said that it holds the crate, under this address or another. */
export function hasAccepted({ places = {} }: CrateKnowledge, { url, archiveId }: Link): boolean {
  return (places[url] ?? '') !== '' || Object.values(places).some((id) => id !== '' && id === archiveId);
}

/** Who may hold it: where it was sent to and where it is collected; everybody when none of those is ours. */
export function holdersOf<L extends Link>({ sent, known }: Crate, links: readonly L[]): readonly L[] {
  const living = links.filter(isLiving);
  const likely = living.filter(
    (link) =>
      known.places?.[link.url] !== undefined ||
      hasAccepted(known, link) ||
      sent.collectedAt.includes(link.url),
  );
  return likely.length > 0 ? likely : living.filter(isForAnything);
}

/** Whether the one archive that says "unknown" leaves the crate without a place. */
export function isLostWithout(crate: Crate, link: Link): boolean {
  if (!hasAccepted(crate.known, link)) return false;
  const { collectedAt } = crate.sent;
  const isSafeElsewhere = Object.entries(crate.known.places ?? {}).some(
    ([url, archive]) =>
      archive !== '' && url !== link.url && archive !== link.archiveId && collectedAt.includes(url),
  );
  return collectedAt.includes(link.url) || !isSafeElsewhere;
}

/** Whether every archive that it was ever sent to has said that it does not hold it. */
export const isHeldNowhere = ({ known, notHeldAt }: TrackedCrate): boolean =>
  Object.entries(known.places ?? {}).every(([url, archive]) => notHeldAt.has(url) || notHeldAt.has(archive));

const isForAnything = ({ cratesOnly }: Link): boolean => !cratesOnly;

const isLiving = ({ state }: Link): boolean => state.name !== 'closed';
