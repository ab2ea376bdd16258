/** What this identity receives with on this device, put together: its mailboxes, where to write to others, its fellows. */
import type { SigningKey } from '@holdfast/protocol';
import type { Clock } from '../clock.js';
import type { Identity } from '../identity.js';
import type { Archives } from '../link/archives.js';
import type { Problem } from '../problem.js';
import type { Publisher } from '../records/publisher.js';
import type { StopSignal } from '../stopper.js';
import type { Storage } from '../storage/storage.js';
import { ContactAddresses } from './contact-addresses.js';
import { FellowPost, type SendCrates } from './fellow-post.js';
import { Fellows } from './fellows.js';
import type { HandledStore } from './handled-store.js';
import { MailboxKeyStore } from './mailbox-keys.js';
import { Mailbox } from './mailbox.js';
import { OwnMailboxes } from './own-mailboxes.js';
import { PairwiseMailboxes } from './pairwise-mailboxes.js';
import type { RecipientCards } from './recipient-cards.js';

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
