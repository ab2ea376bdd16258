/**
 * The mailboxes that this device keeps for one contact each (spec/conversations.md, "Pairwise mailboxes"), never
 * published: a contact is told of theirs in messages to nobody else, until something has come in there, then again after
 * its key was changed or before their copy gets too old. `pairwise/<author>/<contact>` holds the keys,
 * `told/<author>/<contact>` what the contact has been told and has shown to know.
 */
import type { ReplyAddress } from '@holdfast/protocol/sealing';
import { secondsOf, type Clock } from '../../clock.js';
import { limits } from '../../limits.js';
import { put, remove, type Storage, type StorageChange } from '../../storage/storage.js';
import type { MailboxKeyStore, OwnMailbox } from './mailbox-keys.js';
import type { Mailbox } from './mailbox.js';

export interface PairwiseParts {
  readonly storage: Storage;
  readonly keys: MailboxKeyStore;
  /** The public one of this device. */
  readonly device: Mailbox;
  readonly clock: Clock;
  readonly kemRotationSeconds: number;
}

export interface PairwiseMailbox extends OwnMailbox {
  /** The identity that it was made for. */
  readonly contact: string;
}

/** NumericDates, and the keys to seal to that the contact was told of, and has used. */
interface Telling {
  readonly toldAt: number;
  readonly heardAt?: number;
  readonly heardKey?: string;
}

export class PairwiseMailboxes {
  readonly #listeners = new Set<() => void>();

  constructor(private readonly parts: PairwiseParts) {}

  /** Calls the listener when this program has made another one. Answers what takes it off again. */
  onMade(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async all(): Promise<readonly PairwiseMailbox[]> {
    const { storage, keys } = this.parts;
    const prefix = this.#keysPlace('');
    const entries = await storage.list(prefix);
    return Promise.all(
      entries.map(async ({ key, value }) => ({
        ...(await keys.read(key, value)),
        contact: key.slice(prefix.length),
      })),
    );
  }

  /** Those that their contacts have written to or were told of last. */
  async lastUsed(count: number): Promise<readonly PairwiseMailbox[]> {
    const prefix = this.#tellingPlace('');
    const usedAt = new Map(
      (await this.parts.storage.list(prefix)).map(({ key, value }) => {
        const { toldAt, heardAt = 0 } = readTelling(value);
        return [key.slice(prefix.length), Math.max(toldAt, heardAt)];
      }),
    );
    const latest = ({ contact }: PairwiseMailbox): number => usedAt.get(contact) ?? 0;
    return (await this.all()).toSorted((a, b) => latest(b) - latest(a)).slice(0, count);
  }

  /**
   * What a message to this contact alone says of where to answer; undefined when it need not, or when there are as many
   * pairwise mailboxes as there may be: the contact then goes on writing to the public one.
   */
  async replyFor(contact: string): Promise<ReplyAddress | undefined> {
    const { device, storage, clock } = this.parts;
    // Whoever cannot be found by a card cannot be answered at all.
    if (contact === device.author || !(await device.hasCard())) return undefined;
    const own = await this.#open(contact);
    if (own === undefined) return undefined;
    const places = [this.#tellingPlace(contact), this.#keysPlace(contact)];
    const now = secondsOf(clock);
    const telling = await this.#telling(contact);
    const isKnown = telling?.heardKey === own.keys.kem.publicKey;
    if (telling !== undefined && isKnown && now < telling.toldAt + limits.replyRenewedAfterSeconds) {
      return undefined;
    }
    const { mailbox } = await device.own();
    const reply = { ...(await device.cardBody(own)), device: mailbox };
    let isThere = false;
    await storage.update(places, ([text, keys]) => {
      // Another program on the storage may have given it up in this moment: nobody is told of it then.
      isThere = keys !== undefined;
      return isThere ? [put(places[0]!, JSON.stringify({ ...readTelling(text), toldAt: now }))] : [];
    });
    return isThere ? reply : undefined;
  }

  /** Something of the contact's has come in there, sealed to this key. */
  async heard(contact: string, key: string): Promise<void> {
    const now = secondsOf(this.parts.clock);
    const place = this.#tellingPlace(contact);
    await this.parts.storage.update([place], ([text]) => {
      const telling = readTelling(text);
      const isNews =
        telling.heardKey !== key || now >= (telling.heardAt ?? 0) + limits.heardNotedEverySeconds;
      return isNews ? [put(place, JSON.stringify({ ...telling, heardAt: now, heardKey: key }))] : [];
    });
  }

  /** The contacts that write here, and whose copy of the address gets too old unless they are told of it again. */
  async renewalsDue(): Promise<readonly string[]> {
    const now = secondsOf(this.parts.clock);
    const prefix = this.#tellingPlace('');
    const due: string[] = [];
    for (const { key, value } of await this.parts.storage.list(prefix)) {
      const { toldAt, heardAt = 0 } = readTelling(value);
      if (now < toldAt + limits.replyRenewedAfterSeconds) continue;
      if (now < heardAt + limits.replyGoodSeconds) due.push(key.slice(prefix.length));
    }
    return due;
  }

  /** Replaces keys that are old, and destroys older ones; what nobody can write to any more is given up. */
  async keepUp(): Promise<void> {
    const { storage, keys, clock, kemRotationSeconds } = this.parts;
    const now = secondsOf(clock);
    const prefix = this.#tellingPlace('');
    const isOver = (telling: string | undefined): boolean =>
      telling !== undefined && now >= readTelling(telling).toldAt + limits.pairwiseKeptSeconds;
    const over = (await storage.list(prefix)).filter(({ value }) => isOver(value));
    const tellings = over.map(({ key }) => key);
    // Looked at once more in the write itself: another program may tell of one in this moment.
    const giveUp = (texts: readonly (string | undefined)[]): readonly StorageChange[] =>
      tellings
        .filter((_place, i) => isOver(texts[i]))
        .flatMap((place) => [remove(this.#keysPlace(place.slice(prefix.length))), remove(place)]);
    if (over.length > 0) await storage.update(tellings, giveUp, { erase: true });
    const places = (await storage.list(this.#keysPlace(''))).map(({ key }) => key);
    await keys.rotate(places, now, kemRotationSeconds);
  }

  async #open(contact: string): Promise<OwnMailbox | undefined> {
    const { storage, keys, clock } = this.parts;
    const place = this.#keysPlace(contact);
    const isThere = (await storage.get(place)) !== undefined;
    if (!isThere && (await storage.list(this.#keysPlace(''))).length >= limits.pairwiseMailboxesMax) {
      return undefined;
    }
    const own = await keys.open(place, secondsOf(clock));
    if (!isThere) for (const listener of this.#listeners) listener();
    return own;
  }

  async #telling(contact: string): Promise<Telling | undefined> {
    const text = await this.parts.storage.get(this.#tellingPlace(contact));
    return text === undefined ? undefined : readTelling(text);
  }

  #keysPlace(contact: string): string {
    return `pairwise/${this.parts.device.author}/${contact}`;
  }

  #tellingPlace(contact: string): string {
    return `told/${this.parts.device.author}/${contact}`;
  }
}

const readTelling = (text: string | undefined): Telling =>
  text === undefined ? { toldAt: 0 } : (JSON.parse(text) as Telling);
