/**
 * The contacts that the node would begin with, kept for the next start: so that it finds the others again without an
 * archive's hint. Whatever is kept is only believed when it answers, and what cannot be read is let go: a node can begin
 * without it.
 */
import { Key, keyBytes, type Contact } from '@holdfast/dht';
import { decodeBase64urlOf, HoldfastError } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { overlayLimits } from '../limits.js';
import { put, remove, type Storage } from '../../storage/storage.js';

const place = 'overlay/contacts';

/** @param failed told when something kept cannot be read. It is not kept any longer then, so that it is told once. */
export async function readContacts(
  storage: Storage,
  failed: (error: unknown) => void,
): Promise<readonly Contact[]> {
  const text = await storage.get(place);
  if (text === undefined) return [];
  const { contacts, isWhole } = parseContacts(text);
  if (isWhole) return contacts;
  failed(new HoldfastError('storage-failed', 'The contacts that were kept cannot be read: they are let go.'));
  await storage.write([contacts.length === 0 ? remove(place) : put(place, textOf(contacts))]).catch(failed);
  return contacts;
}

function parseContacts(text: string): { readonly contacts: Contact[]; readonly isWhole: boolean } {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return { contacts: [], isWhole: false };
  }
  if (!Array.isArray(list)) return { contacts: [], isWhole: false };
  const entries: unknown[] = list.slice(0, overlayLimits.contactsKeptMax);
  const contacts = entries.flatMap((entry) => {
    const { node, archive } = (entry ?? {}) as { node?: unknown; archive?: unknown };
    if (typeof node !== 'string' || typeof archive !== 'string') return [];
    return contactOf({ node, archive }) ?? [];
  });
  return { contacts, isWhole: contacts.length === entries.length };
}

const textOf = (contacts: readonly Contact[]): string => JSON.stringify(contacts.map(addressOf));

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
    await this.storage.write([put(place, textOf(contacts))]).catch(this.failed);
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
