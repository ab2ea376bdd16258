/**
 * A node of a scripted archive whose frames a test writes itself: with whatever ticket, date and payload it likes. It keeps
 * what clients say to it, and says nothing by itself but that it is there.
 */
import { decodeMessage, encodeMessage, type Message } from '@holdfast/dht';
import {
  decodeBase64url,
  encodeBase64url,
  generatePrivateJwk,
  openFrame,
  parseRelayedFrame,
  ReplayWindow,
  sealFrame,
  signingKeyFromJwk,
  valueOf,
  type SigningKey,
  type Ticket,
} from '@holdfast/protocol';
import { ticketFor } from './node-tickets.js';
import type { RelayArchive } from './relay-archive.js';
import type { Saying } from './scripted-archive.js';

export interface FrameTwist {
  readonly atMs?: number;
  readonly isFlood?: boolean;
  readonly payload?: Uint8Array<ArrayBuffer>;
  readonly ticket?: Ticket;
  readonly to?: string;
}

export class HostileNode {
  /** What clients have said to it, in its order. */
  readonly heard: Message[] = [];
  readonly #seen = new ReplayWindow();
  /** Of clients, which bring theirs until they have been answered. */
  readonly #tickets = new Map<string, Ticket>();

  private constructor(
    readonly archive: RelayArchive,
    readonly key: SigningKey,
    readonly ticket: Ticket,
  ) {}

  static async join(archive: RelayArchive): Promise<HostileNode> {
    const key = await signingKeyFromJwk(await generatePrivateJwk());
    const node = new HostileNode(archive, key, await ticketFor(key, archive.nodesKey));
    archive.nodes.set(node.id, { n: 1, role: 'server', say: (saying) => void node.#said(saying) });
    return node;
  }

  get id(): string {
    return encodeBase64url(this.ticket.node);
  }

  /** Of the answers that it has been given. */
  get answered(): readonly number[] {
    return this.heard.filter(({ kind }) => kind === 'pong').map(({ n }) => n);
  }

  frame(to: string, message: Message, twist: FrameTwist = {}): Promise<Uint8Array<ArrayBuffer>> {
    const content = {
      isFlood: twist.isFlood ?? false,
      isObserver: true,
      wantsTicket: false,
      to: decodeBase64url(twist.to ?? to)!,
      atMs: twist.atMs ?? Date.now(),
      payload: twist.payload ?? encodeMessage(message),
    };
    return sealFrame(content, twist.ticket ?? this.ticket, true, this.key);
  }

  async say(to: string, message: Message, twist?: FrameTwist): Promise<Uint8Array<ArrayBuffer>> {
    const frame = await this.frame(to, message, twist);
    this.archive.push(to, frame);
    return frame;
  }

  async #said(saying: Saying): Promise<void> {
    if (!(saying instanceof Uint8Array)) return;
    const reader = {
      self: this.ticket.node,
      nowMs: Date.now(),
      ticketOf: (node: Uint8Array) => this.#tickets.get(encodeBase64url(node)),
      seen: this.#seen,
    };
    const opened = await openFrame(valueOf(parseRelayedFrame(saying)).frame, reader);
    if (!opened.ok) return;
    const { sender, payload } = opened.value;
    this.#tickets.set(encodeBase64url(sender.node), sender);
    if (payload.length === 0) return;
    this.heard.push(valueOf(decodeMessage(payload)));
  }
}
