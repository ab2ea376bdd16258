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

  readonly make: MakePeerLinks = (parts) => {
    const { self, events } = parts;
    const side: Side = { parts, linked: new Map() };
    this.#sides.set(self.id.text, side);
    const part = (other: Side): void => {
      side.linked.delete(other.parts.self.id.text);
      other.linked.delete(self.id.text);
      later(() => other.parts.events.closed(self.id, 'left'));
    };
    return {
      get open() {
        return [...side.linked.values()].map((other) => other.parts.self.id);
      },
      connect: (to) => {
        if (!side.linked.has(to.id.text)) later(() => events.signal(to, encodeUtf8('offer')));
      },
      signalled: (from) => {
        const other = this.#sides.get(from.id.text);
        if (other === undefined || side.linked.has(from.id.text)) return;
        this.#link(side, other);
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
        later(() => events.closed(id, 'asked'));
      },
      close: () => {
        this.#sides.delete(self.id.text);
        for (const other of [...side.linked.values()]) part(other);
      },
    };
  };

  /** Everybody with everybody, without waiting until they want it. */
  linkAll(): void {
    const sides = [...this.#sides.values()];
    sides.forEach((side, i) => {
      for (const other of sides.slice(i + 1)) this.#link(side, other);
    });
  }

  /** As if that node had sent it over its link with the other. */
  bring(from: string, to: string, packet: Uint8Array): void {
    const [one, other] = [this.#sides.get(from)!, this.#sides.get(to)!];
    later(() => other.parts.events.packet(one.parts.self.id, packet));
  }

  #link(one: Side, other: Side): void {
    const [a, b] = [one.parts, other.parts];
    if (one.linked.has(b.self.id.text)) return;
    one.linked.set(b.self.id.text, other);
    other.linked.set(a.self.id.text, one);
    later(() => a.events.opened(b.self.id));
    later(() => b.events.opened(a.self.id));
  }
}

/** As from a network: whatever else is to be done comes between. */
const later = (call: () => void): void => void setImmediate(call);
