/**
 * Whether a mailbox is public, as far as this archive knows: whether an identity's card that is held here names it. Anybody
 * may publish a record under a mailbox's id, so only one that the mailbox has signed counts. spec/crates.md, "Mailbox
 * cards".
 */
import { Injectable } from '@nestjs/common';
import { readCard, systemCollections, verifyRecord } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { RecordQueries } from './record-queries.js';

@Injectable()
export class MailboxCards {
  constructor(private readonly queries: RecordQueries) {}

  /** @throws HoldfastError `overloaded`, `query-timeout`, `unavailable` */
  async name(mailbox: string): Promise<boolean> {
    const { records } = await this.queries.page({
      collection: systemCollections.keys,
      key: mailbox,
      limit: archiveLimits.cardsOfMailboxMax,
    });
    for (const jws of records) {
      const record = await verifyRecord(jws, Date.now() / 1000);
      if (record.ok && (await readCard(record.value)).ok) return true;
    }
    return false;
  }
}
