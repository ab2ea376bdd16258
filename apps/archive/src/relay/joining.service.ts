/**
 * Makes connections those of nodes (spec/relay.md, "Joining"): who shows the node key for this connection's challenge gets
 * a ticket, as long as its network has room, and is there until it cancels, the connection ends, its ticket expires or it
 * joins again elsewhere.
 */
import {
  decodeBase64urlOf,
  HoldfastError,
  joinText,
  verifyEd25519,
  type RequestOf,
} from '@holdfast/protocol';
import type { Connection } from '../gateway/operations.js';
import { archiveLimits } from '../limits.js';
import type { FrameRates } from './frame-budget.js';
import type { NodeContact } from './node-contact.js';
import type { JoinedNode, NodeRegistry } from './node-registry.js';
import type { NodeTicket, NodeTickets } from './node-tickets.js';
import type { TicketRoom } from './ticket-room.js';

export interface JoiningInit {
  readonly archive: string;
  readonly nodes: NodeRegistry;
  readonly tickets: Pick<NodeTickets, 'issue'>;
  readonly room: TicketRoom;
  /** What it may have carried, as it is told. */
  readonly rates: FrameRates;
  readonly nearbyMax: number;
  readonly nowMs: () => number;
  readonly onTicketRefused: () => void;
}

export class JoiningService {
  private readonly joined = new WeakMap<Connection, JoinedNode>();
  /** Until when a connection need not hear again that nobody has joined on it. */
  private readonly toldUntilMs = new WeakMap<Connection, number>();

  constructor(private readonly init: JoiningInit) {}

  /**
   * Goes on for as long as the node is there.
   * @throws HoldfastError `not-authorised`, `quota-exceeded`; `not-joined` when it is no longer there by our doing
   */
  async join(request: RequestOf<'join'>, connection: Connection): Promise<void> {
    await this.prove(request, connection);
    const ticket = await this.init.tickets.issue(request.node, this.init.nowMs());
    this.takeRoom(request.node, ticket, connection.network);
    await new Promise<void>((resolve, reject) => {
      let isOver = false;
      const node = this.nodeOf(request, ticket, connection, reject);
      connection.open(request.n, {
        kind: 'relay',
        cancel: () => {
          isOver = true;
          this.leave(node, connection);
          resolve();
        },
      });
      // The connection may have ended, or the join been cancelled, meanwhile.
      if (!isOver) this.enter(node, ticket.ticket, connection);
    });
  }

  /** Who has joined on this connection. */
  of(connection: Connection): JoinedNode | undefined {
    return this.joined.get(connection);
  }

  /**
   * Whose a frame is that has come on this connection. A join may have ended while many were on their way: they are
   * answered once in a while, the others by nothing.
   * @throws HoldfastError `not-joined`
   */
  senderOn(connection: Connection): JoinedNode | undefined {
    const sender = this.of(connection);
    const nowMs = this.init.nowMs();
    if (sender !== undefined || nowMs < (this.toldUntilMs.get(connection) ?? -Infinity)) return sender;
    this.toldUntilMs.set(connection, nowMs + archiveLimits.notJoinedToldMs);
    throw new HoldfastError('not-joined', 'No node has joined on this connection, or it no longer has.');
  }

  nearby(target: string, connection: Connection): NodeContact[] {
    return this.init.nodes.nearest(target, this.init.nearbyMax, this.of(connection)?.node);
  }

  endExpired(): void {
    for (const node of this.init.nodes.expired(this.init.nowMs())) {
      node.end(new HoldfastError('not-joined', 'The ticket has expired: join again.'));
    }
  }

  private async prove({ node, proof }: RequestOf<'join'>, { challenge }: Connection): Promise<void> {
    const text = joinText(this.init.archive, challenge);
    if (await verifyEd25519(decodeBase64urlOf(node, 32)!, text, decodeBase64urlOf(proof, 64)!)) return;
    const sentence =
      "The proof is not one of the node key over this archive's id and this connection's challenge.";
    throw new HoldfastError('not-authorised', sentence);
  }

  private takeRoom(node: string, { expiry }: NodeTicket, network: string): void {
    const until = this.init.room.take(network, node, expiry, Math.floor(this.init.nowMs() / 1000));
    if (until === undefined) return;
    this.init.onTicketRefused();
    const sentence = 'As many nodes of your network have tickets as may have.';
    throw new HoldfastError('quota-exceeded', sentence, { quota: 'network-tickets', until });
  }

  private nodeOf(
    { n, role }: RequestOf<'join'>,
    { node, expiry }: NodeTicket,
    connection: Connection,
    end: (error: HoldfastError) => void,
  ): JoinedNode {
    return { node, archive: this.init.archive, role, n, connection, expiresAtMs: expiry * 1000, end };
  }

  private enter(node: JoinedNode, ticket: string, connection: Connection): void {
    const { nodes, rates, nearbyMax } = this.init;
    const before = nodes.add(node);
    before?.end(new HoldfastError('not-joined', 'The node has joined on another connection.'));
    this.joined.set(connection, node);
    connection.send({
      op: 'joined',
      n: node.n,
      node: node.node,
      ticket,
      nearby: nodes.nearest(node.node, nearbyMax, node.node),
      ...rates,
    });
  }

  private leave(node: JoinedNode, connection: Connection): void {
    this.init.nodes.remove(node);
    if (this.joined.get(connection) === node) this.joined.delete(connection);
  }
}
