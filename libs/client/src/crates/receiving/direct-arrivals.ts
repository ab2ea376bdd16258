/**
 * What other clients hand over to this inbox (spec/direct.md, "Delivery"): taken when it is for a mailbox that is collected
 * here and there is room, and then dealt with as if an archive had brought it.
 */
import { crateIdOf, encodeBase64url } from '@holdfast/protocol';
import type { DirectDelivery, DirectSender, Taking } from '../../overlay/direct/direct-delivery.js';
import { directLimits } from '../../overlay/direct/direct-limits.js';
import type { OwnMailboxes } from '../mailboxes/own-mailboxes.js';
import { DirectOrigin, type CrateOrigin } from './crate-origin.js';
import type { InboxOptions } from './inbox-contract.js';
import { mailboxOf } from './opening.js';

export interface DirectArrivalParts {
  readonly direct: DirectDelivery;
  readonly mailboxes: OwnMailboxes;
  readonly announced: NonNullable<InboxOptions['announce']>;
  /** False when there is no room for the crate. */
  readonly arrived: (crate: string, envelope: string, from: CrateOrigin) => boolean;
}

export class DirectArrivals {
  readonly #senders = new Map<string, CrateOrigin>();
  #stop: (() => void) | undefined;

  constructor(private readonly parts: DirectArrivalParts) {}

  begin(): void {
    this.#stop = this.parts.direct.onCrate((envelope, from) => this.#take(envelope, from));
  }

  /** The mailboxes may be others than before, or used by others. */
  async announce(): Promise<void> {
    const { direct, mailboxes, announced } = this.parts;
    if (announced === 'none') return;
    const own = await mailboxes.lastUsed(directLimits.mailboxesAnnouncedMax, announced === 'all');
    if (this.#stop !== undefined) direct.announce(own.map(({ signing }) => signing));
  }

  end(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.parts.direct.announce([]);
  }

  async #take(envelope: Uint8Array<ArrayBuffer>, from: DirectSender): Promise<Taking> {
    if (!mailboxOf(envelope, this.parts.mailboxes).ok) return 'unwanted';
    const crate = await crateIdOf(envelope);
    if (this.#stop === undefined) return 'unwanted';
    const isTaken = this.parts.arrived(crate, encodeBase64url(envelope), this.#originOf(from));
    return isTaken ? 'taken' : 'busy';
  }

  /** One for each sender: whoever hands a crate over twice is answered once. */
  #originOf(from: DirectSender): CrateOrigin {
    const known = this.#senders.get(from.id);
    if (known !== undefined) return known;
    if (this.#senders.size >= directLimits.sendersMax) {
      this.#senders.delete(this.#senders.keys().next().value!);
    }
    const origin = new DirectOrigin(from);
    this.#senders.set(from.id, origin);
    return origin;
  }
}
