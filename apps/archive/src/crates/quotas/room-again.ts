/**
 * When a full mailbox, or the full archive, may have room again: when the first of what waits there expires, at the
 * latest. A hint for whoever was refused, so it is looked up once in a while only, however many are refused.
 */
import { Injectable } from '@nestjs/common';
import { archiveLimits } from '../../limits.js';
import { Database } from '../../platform/database/database.js';

const whole = 'archive';

@Injectable()
export class RoomAgain {
  /** By mailbox, the oldest first. */
  private readonly known = new Map<
    string,
    { readonly at: number; readonly until: Promise<number | undefined> }
  >();

  constructor(private readonly database: Database) {}

  /** @returns milliseconds, not before a moment from now; undefined when nothing waits or nothing could be learnt */
  inMailbox(mailbox: string, nowMs: number): Promise<number | undefined> {
    return this.lookUp(mailbox, nowMs, { ...firstOfMailboxSql, values: [Buffer.from(mailbox, 'base64url')] });
  }

  inArchive(nowMs: number): Promise<number | undefined> {
    return this.lookUp(whole, nowMs, firstOfAllSql);
  }

  private async lookUp(key: string, nowMs: number, statement: object): Promise<number | undefined> {
    const found = this.known.get(key);
    const isFresh = found !== undefined && Math.abs(nowMs - found.at) < archiveLimits.roomAgainMs;
    const until = isFresh ? found.until : this.ask(statement);
    if (!isFresh) {
      this.known.delete(key);
      this.known.set(key, { at: nowMs, until });
      if (this.known.size > archiveLimits.roomAgainKeptMax) {
        this.known.delete(this.known.keys().next().value!);
      }
    }
    const expiry = await until;
    return expiry === undefined ? undefined : Math.max(expiry, nowMs + archiveLimits.roomAgainMs);
  }

  private async ask(statement: object): Promise<number | undefined> {
    const result = await this.database
      .query<{ hour: number | null }>(statement as { text: string })
      .catch(() => undefined);
    const hour = result?.rows[0]?.hour ?? undefined;
    return hour === undefined ? undefined : hour * hourMs;
  }
}

const hourMs = 3_600_000;

/** A mailbox's quota bounds what is read. */
export const firstOfMailboxSql = {
  name: 'room-again-mailbox',
  text: `select min(expiry_hour) as hour from (
     select expiry_hour from crate where mailbox = $1 and state = 'accepted' order by seq limit ${archiveLimits.mailboxCratesMax}
   ) as waiting`,
};

export const firstOfAllSql = {
  name: 'room-again-archive',
  text: `select min(expiry_hour) as hour from crate where state = 'accepted'`,
};
