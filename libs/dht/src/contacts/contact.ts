/** Another client, seen from a client: who it is, and through which archive it can be reached. */
import type { Key } from '../keys/key.js';

export interface Contact {
  /** The node id, which follows from the node's key and its archive's ticket (spec/dht.md, "Tickets and node ids"). */
  readonly id: Key;
  /** The id of the archive that signed the ticket, and that relays to the node; base64url. */
  readonly archive: string;
}

/** A server answers, stores and stands in tables. An observer only asks: it stands in nobody's table. */
export type Role = 'server' | 'observer';

/** Who sent a message: proved by the path on which it came, before the core sees it. */
export interface Sender extends Contact {
  readonly role: Role;
}
