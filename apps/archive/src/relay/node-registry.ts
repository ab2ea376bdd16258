/**
 * The nodes that are connected with this archive, and those that linked peers have told of. A node is there on one
 * connection at most: where it joins again, the connection before is no longer its own.
 */
import type { HoldfastError } from '@holdfast/protocol';
import type { Connection } from '../gateway/operations.js';
import type { NodeContact, NodeRole } from './node-contact.js';
import { compareDistance, NodeIndex } from './node-index.js';

export interface JoinedNode extends NodeContact {
  readonly role: NodeRole;
  /** The number of its join: pushes carry it. */
  readonly n: number;
  readonly connection: Pick<Connection, 'offer'>;
  /** When its ticket expires. */
  readonly expiresAtMs: number;
  /** Ends the stream of its join. */
  end(error: HoldfastError): void;
}

export class NodeRegistry {
  private readonly nodes = new Map<string, JoinedNode>();
  private readonly index = new NodeIndex();
  /** Of those that peers have told of. */
  private readonly others = new NodeIndex();
  private readonly counts: Record<NodeRole, number> = { server: 0, observer: 0 };
  /** By peer. */
  private readonly told = new Map<string, readonly NodeContact[]>();
  /** A server has come. */
  onServer: () => void = () => undefined;

  /** @returns the one that has been there under the same id */
  add(node: JoinedNode): JoinedNode | undefined {
    const before = this.nodes.get(node.node);
    if (before !== undefined) this.remove(before);
    this.nodes.set(node.node, node);
    this.counts[node.role] += 1;
    if (node.role === 'server') {
      this.index.add(node);
      this.onServer();
    }
    return before;
  }

  /** What is there under its id by now is another one, perhaps. */
  remove(node: JoinedNode): void {
    if (this.nodes.get(node.node) !== node) return;
    this.nodes.delete(node.node);
    this.counts[node.role] -= 1;
    if (node.role === 'server') this.index.remove(node);
  }

  get(node: string): JoinedNode | undefined {
    return this.nodes.get(node);
  }

  count(role: NodeRole): number {
    return this.counts[role];
  }

  expired(nowMs: number): JoinedNode[] {
    return [...this.nodes.values()].filter(({ expiresAtMs }) => expiresAtMs <= nowMs);
  }

  /** What a peer tells replaces what it has told before; an empty list when its link is over. */
  tell(peer: string, nodes: readonly string[]): void {
    for (const each of this.told.get(peer) ?? []) this.others.remove(each);
    const contacts = [...new Set(nodes)].map((node) => ({ node, archive: peer }));
    for (const each of contacts) this.others.add(each);
    if (contacts.length > 0) this.told.set(peer, contacts);
    else this.told.delete(peer);
  }

  /**
   * Servers near a point of the key space, here and at peers: half of them are here if there are as many, for peers can
   * name what they like.
   * @param but who asks
   */
  nearest(target: string, countMax: number, but: string | undefined): NodeContact[] {
    const point = Buffer.from(target, 'base64url');
    const here = this.index.nearest(point, countMax + 1).filter(({ node }) => node !== but);
    const there = this.others
      .nearest(point, countMax + 1)
      .filter(({ node }) => node !== but && !this.nodes.has(node))
      .slice(0, Math.max(Math.floor(countMax / 2), countMax - here.length));
    return [...here, ...there]
      .map(({ node, archive }) => ({ node, archive, id: Buffer.from(node, 'base64url') }))
      .sort((a, b) => compareDistance(point, a.id, b.id))
      .slice(0, countMax)
      .map(({ node, archive }) => ({ node, archive }));
  }

  /** Servers that are connected here, some of them where there are more. */
  sample(countMax: number, random: () => number): string[] {
    const servers = [...this.nodes.values()].filter(({ role }) => role === 'server').map(({ node }) => node);
    for (let at = 0; at < Math.min(countMax, servers.length); at++) {
      const other = at + Math.floor(random() * (servers.length - at));
      [servers[at], servers[other]] = [servers[other]!, servers[at]!];
    }
    return servers.slice(0, countMax);
  }
}
