/** A node of the overlay as others name it (spec/relay.md, "Nodes"): its id, and the archive that relays to it. */
export interface NodeContact {
  readonly node: string;
  readonly archive: string;
}

/** A server stands in the tables of others, an observer does not. */
export type NodeRole = 'server' | 'observer';
