/**
 * What this mailbox has dealt with, kept until nobody can bring it again: `handled/<crate>` with what lets the crate
 * leave an archive, and `got/<sender>/<message>` for messages that come in more than one crate. Both are written in
 * one step after the handler has succeeded, and before the crate is acknowledged.
 */
import { limits as wire } from '@holdfast/protocol';
import { put, remove, type Storage } from '../storage/storage.js';

/** How a crate that was dealt with is let go: by showing its secret, or by the mailbox's signature. */
export type Departure = { readonly by: 'receipt'; readonly secret: string } | { readonly by: 'discard' };

const hourSeconds = 3600;
/** No archive keeps a crate, or its tombstone, for longer. */
const keptSeconds = wire.crateLifetimeHoursMax * hourSeconds + 2 * wire.clockSkewSecondsMax;

export class HandledStore {
  constructor(private readonly storage: Storage) {}

  /** Undefined for a crate that has not been dealt with. */
  async departureOf(crate: string): Promise<Departure | undefined> {
    const text = await this.storage.get(`handled/${crate}`);
    return text === undefined ? undefined : (JSON.parse(text) as { departure: Departure }).departure;
  }

  async hasMessage(sender: string, message: string): Promise<boolean> {
    return (await this.storage.get(`got/${sender}/${message}`)) !== undefined;
  }

  /** @param now NumericDate, seconds */
  async handled(
    crate: string,
    departure: Departure,
    now: number,
    message?: { readonly sender: string; readonly id: string },
  ): Promise<void> {
    const until = now + keptSeconds;
    await this.storage.write([
      put(`handled/${crate}`, JSON.stringify({ until, departure })),
      ...(message === undefined
        ? []
        : [put(`got/${message.sender}/${message.id}`, JSON.stringify({ until }))]),
    ]);
  }

  /** Forgets what nobody can bring again. */
  async forgetOld(now: number): Promise<void> {
    for (const prefix of ['handled/', 'got/']) {
      const entries = await this.storage.list(prefix);
      const old = entries.filter(({ value }) => (JSON.parse(value) as { until: number }).until < now);
      if (old.length > 0) await this.storage.write(old.map(({ key }) => remove(key)));
    }
  }
}
