/**
 * The keys of a mailbox as the storage keeps them (spec/crates.md, "Mailboxes"): one that owns it and stays, and those
 * that crates are sealed to, the newest first. A replaced one stays until no crate that is sealed to it can be on its
 * way, and is then erased: what was recorded cannot be opened any more.
 */
import {
  limits as wire,
  signingKeyFromJwk,
  type KemKeys,
  type MailboxKeys,
  type PrivateJwk,
  type SigningKey,
} from '@holdfast/protocol';
import { put, type Storage, type StorageChange } from '../../storage/storage.js';

const hourSeconds = 3600;
/** The longest expiry of a crate that was sealed just before the key was replaced. */
const keptSeconds = wire.crateLifetimeHoursMax * hourSeconds + wire.clockSkewSecondsMax;

/** Times are NumericDates, seconds. */
interface KeptKemKeys extends KemKeys {
  readonly madeAt: number;
  readonly replacedAt?: number;
}

interface KeptKeys {
  readonly signing: PrivateJwk;
  readonly kem: readonly KeptKemKeys[];
}

export interface OwnMailbox {
  /** Its id: the public key. */
  readonly mailbox: string;
  readonly signing: SigningKey;
  /** What its card says: the newest key to seal to. */
  readonly keys: MailboxKeys;
  /** The newest first. */
  readonly kem: readonly KemKeys[];
}

export class MailboxKeyStore {
  /** By place: what was read last, for importing a key costs more than comparing its text. */
  readonly #read = new Map<string, { readonly text: string; readonly own: Promise<OwnMailbox> }>();

  constructor(private readonly storage: Storage) {}

  /** The mailbox whose keys are kept there; they are made on first use. */
  async open(place: string, now: number): Promise<OwnMailbox> {
    const kept = await this.storage.get(place);
    if (kept !== undefined) return this.read(place, kept);
    const { generateMailboxKeys } = await import('@holdfast/protocol/sealing');
    const { signing, kem } = await generateMailboxKeys();
    const made: KeptKeys = { signing, kem: [{ ...kem, madeAt: now }] };
    let text = JSON.stringify(made);
    // Another process may have made them meanwhile: the first ones stay.
    await this.storage.update([place], ([other]) => {
      if (other === undefined) return [put(place, text)];
      text = other;
      return [];
    });
    return this.read(place, text);
  }

  /** @param text the value of the entry at this place */
  read(place: string, text: string): Promise<OwnMailbox> {
    const known = this.#read.get(place);
    if (known?.text === text) return known.own;
    const own = ownMailbox(keysOf(text));
    this.#read.set(place, { text, own });
    own.catch(() => this.#read.delete(place));
    return own;
  }

  /**
   * Replaces the newest sealing key of each of these mailboxes when it is that old, and destroys what was replaced long
   * ago: all in one write, for destroying costs the storage much.
   * @returns the places of those that have a new key, which others have to be told of
   */
  async rotate(
    places: readonly string[],
    now: number,
    rotationSeconds: number,
  ): Promise<ReadonlySet<string>> {
    const due: string[] = [];
    const fresh = new Map<string, KemKeys>();
    let erase = false;
    for (const place of places) {
      const text = await this.storage.get(place);
      if (text === undefined) continue;
      const isDue = isRotationDue(keysOf(text), now, rotationSeconds);
      const isOver = withoutDestroyed(keysOf(text), now) !== undefined;
      if (!isDue && !isOver) continue;
      due.push(place);
      erase ||= isOver;
      const { generateKemKeys } = await import('@holdfast/protocol/sealing');
      if (isDue) fresh.set(place, await generateKemKeys());
    }
    const rotated = new Set<string>();
    if (due.length === 0) return rotated;
    const decide = (texts: readonly (string | undefined)[]): readonly StorageChange[] => {
      rotated.clear();
      return due.flatMap((place, i) => {
        const text = texts[i];
        if (text === undefined) return [];
        const before = keysOf(text);
        const isRotated = fresh.has(place) && isRotationDue(before, now, rotationSeconds);
        if (isRotated) rotated.add(place);
        const after = isRotated ? replaced(before, fresh.get(place)!, now) : before;
        const left = withoutDestroyed(after, now) ?? after;
        return left === before ? [] : [put(place, JSON.stringify(left))];
      });
    };
    await this.storage.update(due, decide, { erase });
    return rotated;
  }
}

/** Keys that were kept before they were changed at all had no time: they are replaced at the next opportunity. */
function keysOf(text: string): KeptKeys {
  const { signing, kem } = JSON.parse(text) as { signing: PrivateJwk; kem: KemKeys | readonly KeptKemKeys[] };
  return { signing, kem: 'publicKey' in kem ? [{ ...kem, madeAt: 0 }] : kem };
}

const isRotationDue = ({ kem }: KeptKeys, now: number, rotationSeconds: number): boolean =>
  now >= kem[0]!.madeAt + rotationSeconds;

function replaced({ signing, kem: [newest, ...older] }: KeptKeys, fresh: KemKeys, now: number): KeptKeys {
  return { signing, kem: [{ ...fresh, madeAt: now }, { ...newest!, replacedAt: now }, ...older] };
}

/** Undefined when there is nothing to destroy. */
function withoutDestroyed({ signing, kem }: KeptKeys, now: number): KeptKeys | undefined {
  const left = kem.filter(({ replacedAt }) => replacedAt === undefined || now < replacedAt + keptSeconds);
  return left.length === kem.length ? undefined : { signing, kem: left };
}

async function ownMailbox({ signing, kem }: KeptKeys): Promise<OwnMailbox> {
  const key = await signingKeyFromJwk(signing);
  return { mailbox: signing.x, signing: key, keys: { signing, kem: kem[0]! }, kem };
}
