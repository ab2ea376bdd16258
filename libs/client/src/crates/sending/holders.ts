/**
 * Which archives are to hold a crate, and whose promises count. Those of the recipient's card come first, for nobody
 * collects anywhere else; at least one is the sender's own, so that no card can name only archives that lie. Where
 * there is no link, an archive of ours is asked to bring it. Nothing here does IO (spec/custody.md, "Durable").
 */
import type { CrateKnowledge, SentCrate } from './sent-store.js';

/** What of an ArchiveLink counts here. */
export interface HolderLink {
  readonly url: string;
  readonly archiveId: string | undefined;
  readonly cratesOnly: boolean;
  readonly state: { readonly name: string };
}

export interface Candidate<L extends HolderLink = HolderLink> {
  readonly url: string;
  /** Missing where only another archive can bring it. */
  readonly link?: L;
  /** As far as it is known. */
  readonly archive: string | undefined;
  /** The mailbox is collected there. */
  readonly isCard: boolean;
  /** One of the client's own. */
  readonly isOwn: boolean;
}

/** What a holder has said, where that matters for the choice. */
export type HolderMood = 'holds' | 'willing' | 'refuses';

const isLiving = ({ state }: HolderLink): boolean => state.name !== 'closed';
const isMain = (link: HolderLink): boolean => isLiving(link) && !link.cratesOnly;

/** The archives that could hold the crate, the most fitting first. */
export function candidatesOf<L extends HolderLink>(
  { collectedAt, cardIds }: Pick<SentCrate, 'collectedAt' | 'cardIds'>,
  links: readonly L[],
): readonly Candidate<L>[] {
  const named = collectedAt.map((url, i) => {
    const id = cardIds[i] ?? undefined;
    return { url, id, link: links.find((link) => link.url === url) ?? linkTo(id, links) };
  });
  const linked = named
    .filter(({ link }) => link !== undefined && isLiving(link))
    .map(({ link }) => candidateAt(link!, true));
  // What answers at the address of a closed link is not the archive that it should be.
  const unlinked = named
    .filter(({ link }) => link === undefined)
    .map(({ url, id }) => ({ url, archive: id, isCard: true, isOwn: false }));
  const own = links.filter(isMain).map((link) => candidateAt(link, false));
  const seen = new Set<string>();
  return [...linked, ...unlinked, ...own].filter(
    ({ url, archive }) =>
      !seen.has(url) && !seen.has(archive ?? url) && seen.add(url) && seen.add(archive ?? url),
  );
}

/**
 * Up to so many of the candidates: those that hold it already, then the willing ones. One of the client's own is always
 * among them, and every archive of the card while none of these has it, even if that makes more.
 */
export function chosenOf<C extends Candidate>(
  candidates: readonly C[],
  count: number,
  moodOf: (candidate: C) => HolderMood,
): readonly C[] {
  const by = (mood: HolderMood): C[] => candidates.filter((candidate) => moodOf(candidate) === mood);
  const sorted = [...by('holds'), ...by('willing'), ...by('refuses')];
  const chosen = new Set(sorted.slice(0, count));
  const own = sorted.find(({ isOwn }) => isOwn);
  if (own !== undefined && ![...chosen].some(({ isOwn }) => isOwn)) {
    const last = [...chosen].at(-1);
    if (chosen.size >= count && last !== undefined && moodOf(last) !== 'holds') chosen.delete(last);
    chosen.add(own);
  }
  const card = sorted.filter(({ isCard }) => isCard);
  if (!card.some((candidate) => moodOf(candidate) === 'holds')) {
    for (const candidate of card.slice(0, count)) chosen.add(candidate);
  }
  return sorted.filter((candidate) => chosen.has(candidate));
}

/** Whether the archive has said that it holds the crate, under this address or another. */
export function hasAccepted({ places = {} }: CrateKnowledge, { url, archiveId }: HolderLink): boolean {
  return (places[url] ?? '') !== '' || Object.values(places).some((id) => id !== '' && id === archiveId);
}

/** Who may hold it: where it was sent to and where it is collected; everybody when none of those is ours. */
export function holdersOf<L extends HolderLink>(
  { sent, known }: { readonly sent: SentCrate; readonly known: CrateKnowledge },
  links: readonly L[],
): readonly L[] {
  const living = links.filter(isLiving);
  const likely = living.filter(
    (link) =>
      known.places?.[link.url] !== undefined ||
      hasAccepted(known, link) ||
      sent.collectedAt.includes(link.url) ||
      known.custody?.[link.archiveId ?? ''] !== undefined,
  );
  return likely.length > 0 ? likely : living.filter(isMain);
}

/** By id, the address of every archive whose promise counts: its id is pinned by a link, or the card names it. */
export function countedArchives(candidates: readonly Candidate[]): ReadonlyMap<string, Candidate> {
  const counted = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (candidate.archive !== undefined) counted.set(candidate.archive, candidate);
  }
  return counted;
}

/**
 * How many archives could promise to hold it: a link of ours will tell its id, a stranger's must be on the card. One that
 * was met before counts also while somebody else answers at its address: nobody lowers what is wanted by that.
 *
 * @param promised ids of archives that have, though they may be no candidates of this program's
 */
export function possibleCopies(
  sent: Pick<SentCrate, 'collectedAt' | 'cardIds'>,
  links: readonly HolderLink[],
  promised: readonly string[] = [],
): number {
  const candidates = candidatesOf(sent, links).filter(
    ({ link, archive }) => link !== undefined || archive !== undefined,
  );
  const known = new Set([...candidates.map(({ archive, url }) => archive ?? url), ...promised]);
  for (const { archiveId, cratesOnly } of links)
    if (archiveId !== undefined && !cratesOnly) known.add(archiveId);
  for (const id of sent.cardIds) if (id !== null) known.add(id);
  return known.size;
}

/** Whether as many as are wanted, or as there are, have promised to hold it, one of the sender's own among them. */
export function isDurable(
  sent: Pick<SentCrate, 'copies' | 'collectedAt' | 'cardIds'>,
  { custody = {} }: CrateKnowledge,
  links: readonly HolderLink[],
): boolean {
  const counted = countedArchives(candidatesOf(sent, links));
  const held = Object.keys(custody).flatMap((archive) => counted.get(archive) ?? []);
  return held.some(({ isOwn }) => isOwn) && held.length >= Math.min(sent.copies, possibleCopies(sent, links));
}

/** The link to the archive of that id, when its address is another one than the card names. */
const linkTo = <L extends HolderLink>(id: string | undefined, links: readonly L[]): L | undefined =>
  id === undefined ? undefined : links.find((link) => isLiving(link) && link.archiveId === id);

const candidateAt = <L extends HolderLink>(link: L, isCard: boolean): Candidate<L> => ({
  url: link.url,
  link,
  archive: link.archiveId,
  isCard,
  isOwn: isMain(link),
});
