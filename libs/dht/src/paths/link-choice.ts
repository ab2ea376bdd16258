/**
 * Which contacts deserve a direct link (spec/dht.md, "Paths"): siblings first, then some of every distance, because links
 * among siblings alone would leave a ring in which nobody reaches the other side, then those that are often spoken with.
 * What is wanted is less than what may be open, a link is kept for a while even if others have become better, and who
 * could not be linked is left alone for longer and longer: links are dear, so they do not come and go.
 */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import { dhtLimits, type DhtSettings } from '../limits.js';

export type LinkReason = 'sibling' | 'far' | 'frequent';

/** Links that would be worth having, and such that no longer are. */
export interface LinkWishes {
  readonly link: readonly { readonly to: Contact; readonly why: LinkReason }[];
  readonly unlink: readonly Contact[];
}

interface Uses {
  readonly contact: Contact;
  count: number;
  atMs: number;
}

interface Trial {
  readonly begunMs: number;
  readonly failures: number;
}

export class LinkChoice {
  readonly #links = new Map<string, { readonly id: Key; readonly sinceMs: number }>();
  /** The longest not used first. */
  readonly #uses = new Map<string, Uses>();
  /** Of those to whom a link was wanted, the longest ago first. */
  readonly #trials = new Map<string, Trial>();

  constructor(private readonly settings: Pick<DhtSettings, 'linksMax' | 'linksWanted'>) {}

  get links(): number {
    return this.#links.size;
  }

  /** How many contacts are remembered. */
  get remembered(): number {
    return Math.max(this.#uses.size, this.#trials.size);
  }

  /** Something was sent to the contact, or has come from it. */
  used(contact: Contact, nowMs: number): void {
    const { text } = contact.id;
    const count = this.#countOf(text, nowMs) + 1;
    this.#uses.delete(text);
    makeRoom(this.#uses);
    this.#uses.set(text, { contact, count, atMs: nowMs });
  }

  /** There is a direct link to this contact, or no longer. */
  linked(id: Key, isOpen: boolean, nowMs: number): void {
    if (isOpen && !this.#links.has(id.text)) this.#links.set(id.text, { id, sinceMs: nowMs });
    if (isOpen) return;
    const link = this.#links.get(id.text);
    this.#links.delete(id.text);
    if (link === undefined) return;
    // A link that has held is worth another try soon; one that breaks at once is none.
    if (nowMs - link.sinceMs >= dhtLimits.linkKeptMs) this.#trials.delete(id.text);
    else this.#rest(id.text, nowMs);
  }

  /**
   * @param siblings the nearest first
   * @param far one of every distance, the farthest first
   */
  choose(siblings: readonly Contact[], nowMs: number, far: readonly Contact[] = []): LinkWishes {
    const wanted = this.#wanted(siblings, far, nowMs);
    return { link: this.#toLink(wanted, nowMs), unlink: this.#toUnlink(wanted, siblings, nowMs) };
  }

  /** As many as are wanted, the most deserving first. Those who rest give way to others. */
  #wanted(siblings: readonly Contact[], far: readonly Contact[], nowMs: number): LinkWishes['link'] {
    const { linksWanted } = this.settings;
    const wanted = new Map<string, LinkWishes['link'][number]>();
    const want = (contacts: readonly Contact[], why: LinkReason, max: number): void => {
      for (const to of contacts) {
        if (wanted.size >= max) return;
        if (!wanted.has(to.id.text) && !this.#rests(to.id, nowMs)) wanted.set(to.id.text, { to, why });
      }
    };
    const near = Math.ceil(linksWanted * dhtLimits.linkSiblingShare);
    want(siblings, 'sibling', near);
    want(far, 'far', near + Math.floor(linksWanted * dhtLimits.linkFarShare));
    want(this.#frequent(nowMs), 'frequent', linksWanted);
    want(siblings, 'sibling', linksWanted);
    return [...wanted.values()];
  }

  /** What is there already leaves no room for frequent contacts; siblings may have all that may be open. */
  #toLink(wanted: LinkWishes['link'], nowMs: number): LinkWishes['link'] {
    const missing = wanted.filter(({ to }) => !this.#links.has(to.id.text));
    const chosen = missing.filter(({ to }) => !this.#isTrying(to.id, nowMs));
    let open = this.#links.size + this.#trying(nowMs);
    const { linksMax, linksWanted } = this.settings;
    const fitting = chosen.filter(({ why }) => {
      const hasRoom = open < (why === 'frequent' ? linksWanted : linksMax);
      if (hasRoom) open++;
      return hasRoom;
    });
    for (const { to } of fitting) this.#rest(to.id.text, nowMs);
    return fitting;
  }

  /** Also those who are not wanted any more: what was asked for may still open. */
  #trying(nowMs: number): number {
    let trying = 0;
    for (const [text, { begunMs }] of this.#trials) {
      if (!this.#links.has(text) && nowMs - begunMs < dhtLimits.linkTryMs) trying++;
    }
    return trying;
  }

  /** Only what is above what is wanted, what has been kept for a while, and what is of no use: the least used first. */
  #toUnlink(wanted: LinkWishes['link'], siblings: readonly Contact[], nowMs: number): Contact[] {
    const excess = this.#links.size - this.settings.linksWanted;
    if (excess <= 0) return [];
    const kept = new Set([...wanted.map(({ to }) => to), ...siblings].map(({ id }) => id.text));
    const useless: Uses[] = [];
    for (const { id, sinceMs } of this.#links.values()) {
      const uses = this.#uses.get(id.text);
      if (kept.has(id.text) || nowMs - sinceMs < dhtLimits.linkKeptMs) continue;
      if (uses !== undefined && nowMs - uses.atMs >= dhtLimits.linkKeptMs) useless.push(uses);
    }
    return useless
      .sort((a, b) => a.atMs - b.atMs)
      .slice(0, excess)
      .map(({ contact }) => contact);
  }

  #frequent(nowMs: number): Contact[] {
    return [...this.#uses]
      .map(([text, { contact }]) => ({ contact, count: this.#countOf(text, nowMs) }))
      .filter(({ count }) => count >= dhtLimits.linkUsesMin)
      .sort((a, b) => b.count - a.count)
      .map(({ contact }) => contact);
  }

  /** What was long ago counts for less. */
  #countOf(text: string, nowMs: number): number {
    const uses = this.#uses.get(text);
    return uses === undefined ? 0 : uses.count * 0.5 ** ((nowMs - uses.atMs) / dhtLimits.linkUsesHalfLifeMs);
  }

  #isTrying(id: Key, nowMs: number): boolean {
    const trial = this.#trials.get(id.text);
    return trial !== undefined && nowMs - trial.begunMs < dhtLimits.linkTryMs;
  }

  /** It was tried, there is no link, and it is too early to try again. */
  #rests(id: Key, nowMs: number): boolean {
    const trial = this.#trials.get(id.text);
    if (trial === undefined || this.#links.has(id.text) || this.#isTrying(id, nowMs)) return false;
    const restMs = Math.min(dhtLimits.linkRestMs * 2 ** (trial.failures - 1), dhtLimits.linkRestMaxMs);
    return nowMs - trial.begunMs < dhtLimits.linkTryMs + restMs;
  }

  /** Counted as a failure until the link has held. */
  #rest(text: string, nowMs: number): void {
    const failures = (this.#trials.get(text)?.failures ?? 0) + 1;
    this.#trials.delete(text);
    makeRoom(this.#trials);
    this.#trials.set(text, { begunMs: nowMs, failures });
  }
}

function makeRoom(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size < dhtLimits.linkContactsMax) return;
    map.delete(key);
  }
}
