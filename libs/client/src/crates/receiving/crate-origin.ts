/** Who has handed over a crate, and wants to hear how it is let go: an archive, or its sender's client. */
import { signDiscard, type SigningKey } from '@holdfast/protocol';
import type { ArchiveLink } from '../../link/archive-link.js';
import type { DirectSender } from '../../overlay/direct/direct-delivery.js';
import type { Departure } from './handled-store.js';

export interface CrateOrigin {
  /** Of an archive. */
  readonly link?: ArchiveLink;
  /** @param signing the key of the crate's mailbox */
  letGo(crate: string, departure: Departure, signing: SigningKey): Promise<void>;
}

export class ArchiveOrigin implements CrateOrigin {
  constructor(readonly link: ArchiveLink) {}

  async letGo(crate: string, departure: Departure, signing: SigningKey): Promise<void> {
    if (departure.by === 'receipt') {
      await this.link.request({ op: 'ack', crate, secret: departure.secret }, 'crate-status');
      return;
    }
    const signature = await signDiscard(signing, crate);
    await this.link.request({ op: 'discard', crate, signature }, 'crate-status');
  }
}

export class DirectOrigin implements CrateOrigin {
  constructor(private readonly sender: DirectSender) {}

  async letGo(crate: string, departure: Departure, signing: SigningKey): Promise<void> {
    const isReceipt = departure.by === 'receipt';
    await this.sender.answer({
      crate,
      way: isReceipt ? 'ack' : 'discard',
      proof: isReceipt ? departure.secret : await signDiscard(signing, crate),
    });
  }
}
