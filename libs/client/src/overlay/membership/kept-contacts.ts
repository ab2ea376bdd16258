/**
 * The contacts that the node would begin with, kept for the next start: so that it finds the others again without an
 * archive's hint. Whatever is kept is only believed when it answers.
 */
import { Key, keyBytes, type Contact } from '@holdfast/dht';
import { decodeBase64urlOf } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { overlayLimits } from '../limits.js';
import { put, type Storage } from '../../storage/storage.js';

const place = 'overlay/contacts';

export async function readContacts(storage: Storage): Promise<Contact[]> {
  const text = await storage.get(place);
  const list: unknown = text === undefined ? [] : JSON.parse(text);
  return (Array.isArray(list) ? list : []).slice(0, overlayLimits.contactsKeptMax).flatMap((entry) => {
    const { node, archive } = (entry ?? {}) as { node?: unknown; archive?: unknown };
    if (typeof node !== 'string' || typeof archive !== 'string') return [];
    return contactOf({ node, archive }) ?? [];
  });
}

/** Keeps those that are known now and then, and at the end. */
export class ContactKeeper {
  #stop: () => void = () => undefined;

  constructor(
    private readonly storage: Storage,
    private readonly clock: Clock,
    private readonly known: () => readonly Contact[],
    private readonly failed: (error: unknown) => void,
  ) {}

  start(): void {
    this.#stop = this.clock.after(overlayLimits.contactsKeptEveryMs, () => {
      void this.#keep(this.known());
      this.start();
    });
  }

  end(contacts: readonly Contact[]): Promise<void> {
    this.#stop();
    return this.#keep(contacts);
  }

  /** Knowing nobody is nothing to remember. */
  async #keep(contacts: readonly Contact[]): Promise<void> {
    if (contacts.length === 0) return;
    await this.storage.write([put(place, JSON.stringify(contacts.map(addressOf)))]).catch(this.failed);
  }
}

/** A node as the archive's doors name it. */
export interface NodeAddress {
  readonly node: string;
  readonly archive: string;
}

const addressOf = ({ id, archive }: Contact): NodeAddress => ({ node: id.text, archive });

/** Undefined when that is no contact's address. */
export function contactOf({ node, archive }: NodeAddress): Contact | undefined {
  const bytes = decodeBase64urlOf(node, keyBytes);
  if (bytes === undefined || decodeBase64urlOf(archive, keyBytes) === undefined) return undefined;
  return { id: new Key(bytes), archive };
}
