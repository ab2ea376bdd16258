/** What this identity receives with on this device, put together: its mailboxes, where to write to others, its fellows. */
import type { SigningKey } from '@holdfast/protocol';
import type { ReplyAddress } from '@holdfast/protocol/sealing';
import { secondsOf, type Clock } from '../../clock.js';
import type { Identity } from '../../identity.js';
import type { Archives } from '../../link/archives.js';
import type { Problem } from '../../problem.js';
import type { Publisher } from '../../records/publisher.js';
import type { Stoppable, StopSignal } from '../../stopper.js';
import type { Storage } from '../../storage/storage.js';
import { ContactAddresses, type DeviceAddress } from '../mailboxes/contact-addresses.js';
import { FellowPost, type SendCrates } from '../fellows/fellow-post.js';
import { Fellows } from '../fellows/fellows.js';
import type { HandledStore } from './handled-store.js';
import { MailboxKeyStore } from '../mailboxes/mailbox-keys.js';
import { Mailbox } from '../mailboxes/mailbox.js';
import { OwnMailboxes } from '../mailboxes/own-mailboxes.js';
import { PairwiseMailboxes } from '../mailboxes/pairwise-mailboxes.js';
import type { RecipientCards } from '../mailboxes/recipient-cards.js';

export interface ReceivingParts {
  readonly author: string;
  readonly identity: Identity;
  readonly storage: Storage;
  readonly archives: Archives;
  readonly publisher: Publisher;
  readonly cards: RecipientCards;
  readonly clock: Clock;
  readonly kemRotationDays: number;
  readonly catchUpAfterHours: number;
  readonly report: (problem: Problem) => void;
  readonly sendCrates: SendCrates;
}

const hourSeconds = 3600;

export class Receiving {
  readonly author: string;
  readonly device: Mailbox;
  readonly pairwise: PairwiseMailboxes;
  readonly mailboxes: OwnMailboxes;
  readonly addresses: ContactAddresses;

  constructor(private readonly parts: ReceivingParts) {
    const { author, storage, archives, publisher, clock } = parts;
    const kemRotationSeconds = parts.kemRotationDays * 24 * hourSeconds;
    const keys = new MailboxKeyStore(storage);
    this.author = author;
    this.device = new Mailbox(author, {
      storage,
      keys,
      archives,
      clock,
      kemRotationSeconds,
      sign: (draft) => publisher.sign(draft),
      publishSigned: (jws, waiting) => publisher.publishSigned(jws, waiting),
    });
    this.pairwise = new PairwiseMailboxes({ storage, keys, device: this.device, clock, kemRotationSeconds });
    this.mailboxes = new OwnMailboxes(this.device, this.pairwise);
    this.addresses = new ContactAddresses(parts);
  }

  /**
   * Where to write to them: one address for every device, a pairwise one only for what is for one alone.
   * @param all everybody that the message is for
   */
  async addressesFor(
    recipients: readonly string[],
    all: readonly string[],
    expiryHours: number,
    waiting: Stoppable,
  ): Promise<readonly DeviceAddress[]> {
    const expiresAt = Math.ceil(secondsOf(this.parts.clock) / hourSeconds + expiryHours) * hourSeconds;
    const of = (to: string): Promise<readonly DeviceAddress[]> =>
      all.length === 1
        ? this.addresses.of(to, expiresAt, waiting)
        : this.addresses.publicOf(to, expiresAt, waiting);
    return (await Promise.all(recipients.map(of))).flat();
  }

  /** What a message to one alone says of where to answer. */
  async replyTo(all: readonly string[]): Promise<ReplyAddress | undefined> {
    const [alone, ...others] = all;
    return alone === undefined || others.length > 0 ? undefined : this.pairwise.replyFor(alone);
  }

  /** For one run of the inbox. */
  fellows(handled: HandledStore, ending: StopSignal): Fellows {
    const { author, device, pairwise, addresses } = this;
    const key = (): Promise<SigningKey> => this.parts.identity.key();
    return new Fellows(
      {
        ...this.parts,
        handled,
        device,
        post: new FellowPost({ ...this.parts, key, author, addresses, device, pairwise }),
        catchUpAfterSeconds: this.parts.catchUpAfterHours * hourSeconds,
      },
      ending,
    );
  }
}
