/**
 * Seals what one client tells another, and messages that are brought again, and sends them by the ordinary way: kept,
 * deposited and watched like every crate, but none of them is a message of the user's.
 */
import { encodeBase64url, type SigningKey } from '@holdfast/protocol';
import type { MessageContent, ReplyAddress, SealedCrate } from '@holdfast/protocol/sealing';
import { secondsOf, type Clock } from '../../clock.js';
import { limits } from '../../limits.js';
import type { StopSignal } from '../../stopper.js';
import type { ContactAddresses, DeviceAddress } from '../mailboxes/contact-addresses.js';
import type { Mailbox } from '../mailboxes/mailbox.js';
import type { PairwiseMailboxes } from '../mailboxes/pairwise-mailboxes.js';

/** A sealed crate, and where it goes. */
export interface OutgoingCrate {
  /** The identity that it is for. */
  readonly to: string;
  readonly address: DeviceAddress;
  readonly sealed: SealedCrate;
}

/** Keeps crates and takes care of them from then on. Rejects with `outbox-full`, `storage-failed`. */
export type SendCrates = (crates: readonly OutgoingCrate[]) => Promise<void>;

export interface FellowPostParts {
  readonly author: string;
  readonly key: () => Promise<SigningKey>;
  readonly addresses: ContactAddresses;
  readonly device: Mailbox;
  readonly pairwise: PairwiseMailboxes;
  readonly clock: Clock;
  readonly sendCrates: SendCrates;
}

const messageIdBytes = 16;
const hourSeconds = 3600;

export class FellowPost {
  /** The contacts that could not be told, of those that have a pairwise mailbox; NumericDates. */
  readonly #renewAgainAt = new Map<string, number>();

  constructor(private readonly parts: FellowPostParts) {}

  /** The devices of an identity, without this one. */
  async devicesOf(identity: string, signal: StopSignal): Promise<readonly DeviceAddress[]> {
    const { addresses, device } = this.parts;
    const { mailbox } = await device.own();
    const all = await addresses.of(identity, this.#expiryHour * hourSeconds, { signal });
    return all.filter((address) => address.device !== mailbox);
  }

  /** Tells these devices of one identity. */
  async tell(to: string, devices: readonly DeviceAddress[], said: Pick<MessageContent, 'notice' | 'reply'>) {
    const { sealCrate } = await import('@holdfast/protocol/sealing');
    const { key, sendCrates } = this.parts;
    const sender = await key();
    const crates: OutgoingCrate[] = [];
    for (const address of devices) {
      const id = encodeBase64url(crypto.getRandomValues(new Uint8Array(messageIdBytes)));
      const content = { id, iat: this.#now, to: address.mailbox, recipients: [to], ...said };
      const terms = { kemPublicKey: address.kem, expiryHour: this.#expiryHour };
      crates.push({ to, address, sealed: await sealCrate({ content, sender, ...terms }) });
    }
    await sendCrates(crates);
  }

  /** One device of an identity by its public mailbox; undefined when no card says that it is one. */
  async publicDevice(
    identity: string,
    device: string,
    signal: StopSignal,
  ): Promise<DeviceAddress | undefined> {
    const expiresAt = this.#expiryHour * hourSeconds;
    const all = await this.parts.addresses.publicOf(identity, expiresAt, { signal });
    return all.find((address) => address.device === device);
  }

  /** Brings a message, as its sender signed it, to one device of a recipient. */
  async bring(to: string, address: DeviceAddress, jws: string): Promise<void> {
    const { sealAgain } = await import('@holdfast/protocol/sealing');
    const terms = { to: address.mailbox, kemPublicKey: address.kem, expiryHour: this.#expiryHour };
    await this.parts.sendCrates([{ to, address, sealed: await sealAgain({ jws, ...terms }) }]);
  }

  /** Tells contacts again where to write to, whose copy would otherwise get too old. One that cannot be told holds up nobody. */
  async renewReplies(signal: StopSignal, failed: (error: unknown) => void): Promise<void> {
    const { pairwise } = this.parts;
    for (const contact of await pairwise.renewalsDue()) {
      if (signal.aborted || this.#now < (this.#renewAgainAt.get(contact) ?? 0)) continue;
      try {
        const devices = await this.devicesOf(contact, signal);
        const reply: ReplyAddress | undefined = await pairwise.replyFor(contact);
        if (reply !== undefined) await this.tell(contact, devices, { notice: {}, reply });
        this.#renewAgainAt.delete(contact);
      } catch (error) {
        this.#renewAgainAt.set(contact, this.#now + limits.fellowRetrySeconds);
        failed(error);
      }
    }
  }

  get #now(): number {
    return secondsOf(this.parts.clock);
  }

  get #expiryHour(): number {
    return Math.ceil(this.#now / hourSeconds + limits.expiryHoursDefault);
  }
}
