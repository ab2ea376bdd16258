/** Direct links that never leave the process: two sides that have signalled each other are linked until one of them ends. */
import { encodeUtf8 } from '@holdfast/protocol';
import type { MakePeerLinks, PeerLinksParts } from '../src/index.js';

interface Side {
  readonly parts: PeerLinksParts;
  /** By node, the other sides. */
  readonly linked: Map<string, Side>;
}

export class MemoryLinks {
  readonly #sides = new Map<string, Side>();

  /** Whether links are made at all. */
  isPossible = true;

  readonly make: MakePeerLinks = (parts) => {
    const { self, events } = parts;
    const side: Side = { parts, linked: new Map() };
    this.#sides.set(self.id.text, side);
    // As from a network: whatever else is to be done comes between.
    const later = (call: () => void): void => void setImmediate(call);
    const part = (other: Side): void => {
      side.linked.delete(other.parts.self.id.text);
      other.linked.delete(self.id.text);
      later(() => other.parts.events.closed(self.id));
    };
    return {
      get open() {
        return [...side.linked.values()].map((other) => other.parts.self.id);
      },
      connect: (to) => {
        if (this.isPossible && !side.linked.has(to.id.text))
          later(() => events.signal(to, encodeUtf8('offer')));
      },
      signalled: (from) => {
        const other = this.#sides.get(from.id.text);
        if (other === undefined || side.linked.has(from.id.text)) return;
        side.linked.set(from.id.text, other);
        other.linked.set(self.id.text, side);
        later(() => events.opened(from.id));
        later(() => other.parts.events.opened(self.id));
      },
      send: (id, packet) => {
        const other = side.linked.get(id.text);
        if (other === undefined) return false;
        const copy = packet.slice();
        later(() => other.parts.events.packet(self.id, copy));
        return true;
      },
      disconnect: (id) => {
        const other = side.linked.get(id.text);
        if (other === undefined) return;
        part(other);
        later(() => events.closed(id));
      },
      close: () => {
        this.#sides.delete(self.id.text);
        for (const other of [...side.linked.values()]) part(other);
      },
    };
  };
}
