/**
 * Direct delivery over the overlay (spec/direct.md): announces mailboxes at their places, looks there for those of others,
 * and hands crates and proofs from node to node by whatever way there is, relayed or direct.
 */
import { dayOf, Key, mailboxPlace, type Contact, type Sender } from '@holdfast/dht';
import {
  decodeBase64url,
  limits,
  mailboxDayKey,
  verifyAnnouncement,
  type SigningKey,
} from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { Stopper } from '../../stopper.js';
import type { Deliveries } from '../node/deliveries.js';
import type { OverlayNode } from '../node/overlay-node.js';
import type { Stores } from '../node/stores.js';
import type { Searches } from '../retrieval/searches.js';
import { Announcements } from './announcements.js';
import type { DirectDelivery, DirectOutcome, DirectProof, TakeCrate } from './direct-delivery.js';
import { directLimits } from './direct-limits.js';
import { decodeProof, encodeProof } from './proof-bytes.js';

/** What it needs of the overlay. */
export interface DeliveringOverlay {
  readonly reachable: ReachableNode | undefined;
  /** Whether an archive relays at the moment. */
  readonly isRelayed: boolean;
  onChange(listener: () => void): () => void;
  readonly deliveries: Deliveries;
  readonly searches: Searches;
  readonly stores: Stores;
}

export type ReachableNode = Pick<OverlayNode, 'shell'>;

const daySeconds = 86_400;

export class OverlayDelivery implements DirectDelivery {
  readonly #closing = new Stopper();
  readonly #available = new Set<() => void>();
  readonly #proofs = new Set<(proof: DirectProof) => void>();
  readonly #stopLooking: () => void;
  readonly #announcements: Announcements;
  #taker: TakeCrate | undefined;
  /** Through which node others could be reached when that was looked at last, and whether over an archive. */
  #through: ReachableNode | undefined;
  #wasRelayed = false;
  /** For which node all was announced. */
  #announcedFor: ReachableNode | undefined;

  constructor(
    private readonly overlay: DeliveringOverlay,
    private readonly clock: Clock,
  ) {
    this.#announcements = new Announcements({
      clock,
      stores: overlay.stores,
      shell: () => this.#node?.shell,
    });
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
    this.#announcements.are(mailboxes);
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
    this.#announcements.end();
  }

  /** Through which others can be reached, and there are others. */
  get #node(): ReachableNode | undefined {
    const { reachable } = this.overlay;
    return (reachable?.shell.node.status.contacts ?? 0) > 0 ? reachable : undefined;
  }

  #look(): void {
    const node = this.#node;
    if (this.#closing.aborted) return;
    const { isRelayed } = this.overlay;
    const isOther = node !== this.#through;
    const hasOtherWays = isRelayed !== this.#wasRelayed;
    this.#through = node;
    this.#wasRelayed = isRelayed;
    if (node === undefined) return;
    if (node !== this.#announcedFor) this.#announcements.tellAll();
    else if (isOther || hasOtherWays) this.#announcements.tellAllSoon();
    this.#announcedFor = node;
    if (isOther) for (const listener of [...this.#available]) listener();
  }

  /** Who says, by a word that verifies, that they collect the mailbox; the latest ones first. */
  async #collectors(node: ReachableNode, mailbox: string): Promise<readonly Contact[]> {
    const now = secondsOf(this.clock);
    const found = new Map<string, { readonly contact: Contact; readonly iat: number }>();
    for (const day of daysOf(now)) {
      const question = { place: mailboxPlace((await mailboxDayKey(mailbox, day)).publicKey) };
      const { items } = await this.overlay.searches.search(
        node.shell,
        question,
        { among: ['local', 'rings'], isEnough: () => false, mailbox },
        this.#closing,
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
