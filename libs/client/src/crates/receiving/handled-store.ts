/**
 * What this identity has dealt with on this device, kept until nobody can bring it again: `handled/<crate>` with what
 * lets the crate leave an archive, and `got/<sender>/<message>` for messages that come in more than one crate. Both are
 * written in one step after the handler has succeeded, and before the crate is acknowledged.
 */
import { limits as wire } from '@holdfast/protocol';
import { limits } from '../../limits.js';
import { put, remove, type Storage, type StorageChange } from '../../storage/storage.js';

/** How a crate that was dealt with is let go: by showing its secret, or by the mailbox's signature. */
export type Departure = { readonly by: 'receipt'; readonly secret: string } | { readonly by: 'discard' };

export interface HandledMessage {
  readonly sender: string;
  readonly id: string;
  /** Whether it may come again when its crates are long over: brought by a fellow, or sent again by its sender. */
  readonly mayComeLate: boolean;
}

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

  /** Sender and id of every message that is remembered. */
  async messages(): Promise<readonly { readonly sender: string; readonly id: string }[]> {
    return (await this.storage.list('got/')).map(({ key }) => {
      const [, sender, id] = key.split('/') as [string, string, string];
      return { sender, id };
    });
  }

  /**
   * @param now NumericDate, seconds
   * @param more what is to be kept in the same step
   */
  async handled(
    crate: string,
    departure: Departure,
    now: number,
    message?: HandledMessage,
    more: readonly StorageChange[] = [],
  ): Promise<void> {
    const until = now + keptSeconds;
    const changes = [put(`handled/${crate}`, JSON.stringify({ until, departure })), ...more];
    if (message !== undefined) {
      const gotUntil = message.mayComeLate ? now + limits.messageRememberedSeconds : until;
      changes.push(put(`got/${message.sender}/${message.id}`, JSON.stringify({ until: gotUntil })));
    }
    await this.storage.write(changes);
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
