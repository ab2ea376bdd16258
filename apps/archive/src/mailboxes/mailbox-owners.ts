/**
 * Notes that a mailbox's owner collects here, and whether the mailbox is a public one. Beside the collect, which must not
 * wait for it, and does not fail with it: what is missed is noted when the owner comes next.
 */
import { Injectable } from '@nestjs/common';
import { CollectedMailboxes } from '../crates/quotas/collected-mailboxes.js';
import { archiveLimits } from '../limits.js';
import { Log } from '../platform/logging/log.js';
import { SpacedWarnings } from '../platform/logging/spaced-warnings.js';
import { MailboxCards } from '../records/query/mailbox-cards.js';

@Injectable()
export class MailboxOwners {
  private readonly warnings: SpacedWarnings;

  constructor(
    private readonly cards: MailboxCards,
    private readonly mailboxes: CollectedMailboxes,
    log: Log,
  ) {
    this.warnings = new SpacedWarnings(log, archiveLimits.repeatedWarningEveryMs);
  }

  async proved(mailbox: string, nowMs: number): Promise<void> {
    try {
      const kind = (await this.cards.name(mailbox)) ? 'public' : 'pairwise';
      await this.mailboxes.collected(mailbox, kind, nowMs);
    } catch (error) {
      this.warnings.warn({ error }, 'that a mailbox is collected could not be noted');
    }
  }
}
