/**
 * Where to write to somebody: the pairwise addresses that they have told this identity, each in the place of the public
 * card of the same device, and the public cards otherwise. `peer/<author>/<sender>/<device>` holds what was told: of
 * several the one that was signed last.
 */
import { limits as wire, readCardBody, type MailboxAddress } from '@holdfast/protocol';
import type { MessageContent } from '@holdfast/protocol/sealing';
import { secondsOf, type Clock } from '../../clock.js';
import { limits } from '../../limits.js';
import { put, remove, type Storage } from '../../storage/storage.js';
import type { Stoppable } from '../../stopper.js';
import type { RecipientCards } from './recipient-cards.js';

export interface DeviceAddress extends MailboxAddress {
  /** The public mailbox of the device that collects there. */
  readonly device: string;
}

export interface ContactAddressParts {
  readonly author: string;
  readonly storage: Storage;
  readonly cards: RecipientCards;
  readonly clock: Clock;
}

interface ToldAddress {
  readonly address: DeviceAddress;
  /** When its sender says that it was signed, and when it came; NumericDates. */
  readonly iat: number;
  /** The message that told it. */
  readonly id: string;
  readonly keptAt: number;
}

export class ContactAddresses {
  constructor(private readonly parts: ContactAddressParts) {}

  /**
   * The public ones, one for every device. Rejects with `recipient-unreachable`, `card-outdated`, or why no archive could
   * be asked.
   * @param expiresAt NumericDate: when the crates expire
   */
  async publicOf(
    recipient: string,
    expiresAt: number,
    waiting: Stoppable,
  ): Promise<readonly DeviceAddress[]> {
    const cards = await this.parts.cards.of(recipient, expiresAt, waiting);
    return cards.map((card) => ({ ...card, device: card.mailbox }));
  }

  /**
   * One for every device, for what is for this recipient alone: fellows learn the mailboxes to which a message for
   * several was signed.
   * @param expiresAt NumericDate: when the crates expire; an address must be young enough that its key exists until then
   */
  async of(recipient: string, expiresAt: number, waiting: Stoppable): Promise<readonly DeviceAddress[]> {
    const devices = await this.publicOf(recipient, expiresAt, waiting);
    const told = new Map(
      (await this.#told(recipient))
        .filter((one) => expiresAt <= ageOf(one) + limits.replyKeySeconds)
        .map(({ address }) => [address.device, address]),
    );
    return devices.map((address) => told.get(address.device) ?? address);
  }

  /** Keeps what a verified message says of where to answer, when that is signed by its mailbox for its sender. */
  async learn(sender: string, { reply, iat, id }: MessageContent): Promise<void> {
    if (reply === undefined) return;
    const card = await readCardBody(reply, sender);
    if (!card.ok) return;
    const { author, storage, clock } = this.parts;
    const place = `peer/${author}/${sender}/${reply.device}`;
    const told: ToldAddress = {
      address: { ...card.value, device: reply.device },
      iat,
      id,
      keptAt: secondsOf(clock),
    };
    let isNew = false;
    await storage.update([place], ([text]) => {
      isNew = text === undefined;
      return text !== undefined && isLater(JSON.parse(text) as ToldAddress, told)
        ? []
        : [put(place, JSON.stringify(told))];
    });
    if (isNew) await this.#makeRoom(sender);
  }

  async #told(recipient: string): Promise<readonly ToldAddress[]> {
    const { author, storage, clock } = this.parts;
    const now = secondsOf(clock);
    const entries = await storage.list(`peer/${author}/${recipient}/`);
    return entries
      .map(({ value }) => JSON.parse(value) as ToldAddress)
      .filter((told) => now < ageOf(told) + limits.replyGoodSeconds);
  }

  /** Whoever can write to this identity can fill this: the oldest give way, those of one sender before all others. */
  async #makeRoom(sender: string): Promise<void> {
    const { author, storage } = this.parts;
    const prefix = `peer/${author}/`;
    const oldestFirst = (await storage.list(prefix))
      .map(({ key, value }) => ({ key, told: JSON.parse(value) as ToldAddress }))
      .sort((a, b) => ageOf(a.told) - ageOf(b.told));
    const sendersOwn = oldestFirst.filter(({ key }) => key.startsWith(`${prefix}${sender}/`));
    const tooMany = [
      ...sendersOwn.slice(0, Math.max(0, sendersOwn.length - wire.cardMailboxesMax)),
      ...oldestFirst.slice(0, Math.max(0, oldestFirst.length - limits.contactAddressesMax)),
    ];
    if (tooMany.length > 0) await storage.write([...new Set(tooMany.map(({ key }) => key))].map(remove));
  }
}

/** A sender whose clock is ahead does not make an address good for longer. */
const ageOf = ({ iat, keptAt }: ToldAddress): number => Math.min(iat, keptAt);

/** Of two that were signed in one second, the order of their messages' ids decides, so that everybody has the same. */
const isLater = (one: ToldAddress, other: ToldAddress): boolean =>
  one.iat > other.iat || (one.iat === other.iat && one.id >= other.id);
