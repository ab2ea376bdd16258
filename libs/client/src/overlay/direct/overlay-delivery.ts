/**
 * Direct delivery over the overlay (spec/direct.md): announces mailboxes at their places, looks there for those of others,
 * and hands crates and proofs from node to node by whatever way there is, relayed or direct.
 */
import { dayOf, Key, mailboxPlace, type Contact, type Sender } from '@holdfast/dht';
import {
  decodeBase64url,
  limits,
  mailboxDayKey,
  signAnnouncement,
  verifyAnnouncement,
  type SigningKey,
} from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { Stopper } from '../../stopper.js';
import type { Deliveries } from '../node/deliveries.js';
import type { OverlayNode } from '../node/overlay-node.js';
import type { Searches } from '../retrieval/searches.js';
import { announcementItem } from '../records/item-verification.js';
import type { DirectDelivery, DirectOutcome, DirectProof, TakeCrate } from './direct-delivery.js';
import { directLimits } from './direct-limits.js';
import { decodeProof, encodeProof } from './proof-bytes.js';

/** What it needs of the overlay. */
export interface DeliveringOverlay {
  readonly reachable: OverlayNode | undefined;
  onChange(listener: () => void): () => void;
  readonly deliveries: Deliveries;
  readonly searches: Searches;
}

const daySeconds = 86_400;

export class OverlayDelivery implements DirectDelivery {
  readonly #closing = new Stopper();
  readonly #available = new Set<() => void>();
  readonly #proofs = new Set<(proof: DirectProof) => void>();
  readonly #stopLooking: () => void;
  #announced: ReadonlyMap<string, SigningKey> = new Map();
  #stopTimer: () => void = () => undefined;
  #taker: TakeCrate | undefined;
  /** Through which node others could be reached when that was looked at last. */
  #through: OverlayNode | undefined;

  constructor(
    private readonly overlay: DeliveringOverlay,
    private readonly clock: Clock,
  ) {
    this.#stopLooking = overlay.onChange(() => this.#look());
    overlay.deliveries.take('crate', (from, bytes) => this.#taken(from, bytes));
    overlay.deliveries.take('receipt', (_, bytes) => {
      const proof = decodeProof(bytes);
      if (proof === undefined) return 'invalid';
      for (const listener of this.#proofs) listener(proof);
      return undefined;
    });
  }

  get available(): boolean {
    return this.#node !== undefined;
  }

  onAvailable(listener: () => void): () => void {
    this.#available.add(listener);
    return () => this.#available.delete(listener);
  }

  announce(mailboxes: readonly SigningKey[]): void {
    const before = this.#announced;
    this.#announced = new Map(mailboxes.map((mailbox) => [mailbox.publicKey, mailbox]));
    for (const [id, mailbox] of this.#announced) if (!before.has(id)) this.#tell(mailbox);
    if (before.size === 0) this.#tellAllLater();
  }

  async send(mailbox: string, envelope: Uint8Array<ArrayBuffer>): Promise<DirectOutcome> {
    const { deliveries } = this.overlay;
    const node = this.#node;
    if (node === undefined) return 'unreachable';
    const contacts = await this.#collectors(node, mailbox);
    if (contacts.length === 0) return 'unknown';
    const outcomes = await Promise.all(
      contacts.map((to) => deliveries.deliver(node.shell, to, 'crate', envelope)),
    );
    if (outcomes.includes('delivered')) return 'taken';
    return outcomes.includes('refused') ? 'refused' : 'unreachable';
  }

  onCrate(taker: TakeCrate): () => void {
    this.#taker = taker;
    return () => {
      if (this.#taker === taker) this.#taker = undefined;
    };
  }

  onProof(listener: (proof: DirectProof) => void): () => void {
    this.#proofs.add(listener);
    return () => this.#proofs.delete(listener);
  }

  close(): void {
    this.#closing.abort();
    this.#stopLooking();
    this.#stopTimer();
    this.#announced = new Map();
  }

  /** Through which others can be reached, and there are others. */
  get #node(): OverlayNode | undefined {
    const { reachable } = this.overlay;
    return (reachable?.shell.node.status.contacts ?? 0) > 0 ? reachable : undefined;
  }

  #look(): void {
    const node = this.#node;
    if (node === this.#through || this.#closing.aborted) return;
    this.#through = node;
    if (node === undefined) return;
    for (const mailbox of this.#announced.values()) this.#tell(mailbox);
    for (const listener of [...this.#available]) listener();
  }

  #tellAllLater(): void {
    this.#stopTimer();
    if (this.#closing.aborted) return;
    this.#stopTimer = this.clock.after(directLimits.announceEveryMs, () => {
      if (this.#announced.size === 0) return;
      for (const mailbox of this.#announced.values()) this.#tell(mailbox);
      this.#tellAllLater();
    });
  }

  #tell(mailbox: SigningKey): void {
    const node = this.#node;
    if (node === undefined) return;
    // What could not be told now is told again with all of them.
    this.#tellOf(mailbox, node).catch(() => undefined);
  }

  async #tellOf(mailbox: SigningKey, node: OverlayNode): Promise<void> {
    const iat = secondsOf(this.clock);
    const { id: self, archive } = node.shell.node.self;
    const dayKey = await mailboxDayKey(mailbox.publicKey, dayOf(iat));
    const text = await signAnnouncement({ node: self.text, archive, iat }, mailbox, dayKey);
    const item = announcementItem(text, self.text, iat);
    if (!this.#announced.has(mailbox.publicKey)) return;
    const place = mailboxPlace(dayKey.publicKey);
    node.shell.tell((dht, nowMs) => dht.store(place, item, { pinned: false }, nowMs));
  }

  /** Who says, by a word that verifies, that they collect the mailbox; the latest ones first. */
  async #collectors(node: OverlayNode, mailbox: string): Promise<readonly Contact[]> {
    const now = secondsOf(this.clock);
    const found = new Map<string, { readonly contact: Contact; readonly iat: number }>();
    for (const day of daysOf(now)) {
      const question = { place: mailboxPlace((await mailboxDayKey(mailbox, day)).publicKey) };
      const among = ['local', 'rings'] as const;
      const { items } = await this.overlay.searches.search(
        node.shell,
        question,
        among,
        () => false,
        this.#closing,
        mailbox,
      );
      for (const { item } of items) {
        const verified = await verifyAnnouncement(item, mailbox, now);
        if (!verified.ok || verified.value.node === node.shell.node.self.id.text) continue;
        const { node: id, archive, iat } = verified.value;
        if ((found.get(id)?.iat ?? -1) < iat) {
          found.set(id, { contact: { id: new Key(decodeBase64url(id)!), archive }, iat });
        }
      }
    }
    const latest = [...found.values()].sort((a, b) => b.iat - a.iat);
    return latest.slice(0, directLimits.nodesPerMailboxMax).map(({ contact }) => contact);
  }

  async #taken(from: Sender, bytes: Uint8Array) {
    if (bytes.length > directLimits.crateBytesMax) return 'invalid';
    const answer = async (proof: DirectProof): Promise<void> => {
      const node = this.overlay.reachable;
      if (node === undefined) return;
      await this.overlay.deliveries.deliver(node.shell, from, 'receipt', encodeProof(proof));
    };
    const taking = (await this.#taker?.(bytes.slice(), { id: from.id.text, answer })) ?? 'unwanted';
    return taking === 'taken' ? undefined : taking;
  }
}

/** Today, and in its first minutes yesterday as well, whose announcements are still good. */
function daysOf(now: number): readonly number[] {
  const { announcementSeconds, announcementSkewSecondsMax } = limits;
  const day = dayOf(now);
  return now % daySeconds < announcementSeconds + announcementSkewSecondsMax ? [day, day - 1] : [day];
}
