/**
 * A scripted archive that relays between clients: gives their nodes tickets, carries their frames, also to the clients of the
 * other archives on its coast, and answers `gone` for those who are not there. A test can have it carry something else.
 */
import {
  decodeBase64url,
  encodeBase64url,
  encodeRelayedFrame,
  issueTicket,
  joinText,
  signingKeyFromJwk,
  ticketNonceOf,
  verifyEd25519,
  verifyTicket,
  type PrivateJwk,
  type RelayedFrame,
  type RequestOf,
} from '@holdfast/protocol';
import { CrateArchive } from './crate-archive.js';
import type { Saying } from './scripted-archive.js';

interface JoinedNode {
  readonly n: number;
  readonly role: string;
  say(saying: Saying): void;
}

export class RelayArchive extends CrateArchive {
  /** Whether it relays at all. */
  relays = true;
  /** What becomes of a frame on its way; undefined when it is lost. */
  carry: (frame: RelayedFrame) => RelayedFrame | undefined = (frame) => frame;
  /** Another one gives every node another id. */
  epoch = 1;
  ticketSeconds = 24 * 3_600;
  /** What it says that it carries; all the same it carries everything. */
  budget = { framesPerSecond: 1_000, bytesPerSecond: 1_000_000, floodsPerMinute: 1_000 };
  /** All that relay to each other. */
  relayPeers: () => readonly RelayArchive[] = () => [this];
  readonly nodes = new Map<string, JoinedNode>();

  constructor(
    readonly nodesKey: PrivateJwk,
    url: string,
    id = nodesKey.x,
  ) {
    super(nodesKey, url, id);
    const otherwise = this.handlers;
    this.handlers = {
      ...otherwise,
      join: (request, say) => this.#join(request, say),
      nearby: ({ n }, say) => say({ op: 'contacts', n, contacts: this.#nearby() }),
      cancel: ({ n, target }, say) => {
        this.#drop((node) => node.n === target && node.say === say);
        if (otherwise.cancel !== undefined) void otherwise.cancel({ op: 'cancel', n, target }, say);
        else say({ op: 'ended', n: target });
      },
    };
  }

  override leave(connection: Parameters<CrateArchive['leave']>[0]): void {
    this.#drop((node) => node.say === connection.say);
    super.leave(connection);
  }

  /** Hands a node a frame, be it that nobody has sent it through an archive. */
  push(to: string, frame: Uint8Array, by = this.id): void {
    const node = this.nodes.get(to);
    node?.say(encodeRelayedFrame({ n: node.n, archive: decodeBase64url(by)!, frame }));
  }

  get servers(): readonly string[] {
    return [...this.nodes].filter(([, { role }]) => role === 'server').map(([node]) => node);
  }

  #drop(which: (node: JoinedNode) => boolean): void {
    for (const [id, node] of this.nodes) if (which(node)) this.nodes.delete(id);
  }

  async #join({ n, node, role, proof }: RequestOf<'join'>, say: (saying: Saying) => void): Promise<void> {
    if (!this.relays) {
      return say({ op: 'error', n, code: 'relay-off', detail: 'It does not relay.', retryable: false });
    }
    const challenge = encodeBase64url(new Uint8Array(32));
    const isProven = await verifyEd25519(
      decodeBase64url(node)!,
      joinText(this.id, challenge),
      decodeBase64url(proof)!,
    );
    if (!isProven) throw new Error('The proof does not verify.');
    const nonce = await ticketNonceOf(new Uint8Array(32).fill(this.epoch), node);
    const now = Math.floor(this.now() / 1000);
    const ticket = await issueTicket(
      node,
      nonce,
      now + this.ticketSeconds,
      await signingKeyFromJwk(this.nodesKey),
    );
    const verified = await verifyTicket(ticket, this.id, now);
    if (!verified.ok) throw new Error(verified.detail);
    const id = encodeBase64url(verified.value.node);
    const nearby = this.#nearby();
    this.nodes.set(id, { n, role, say });
    say({
      op: 'joined',
      n,
      node: id,
      ticket: encodeBase64url(ticket),
      nearby: nearby.filter((one) => one.node !== id),
      ...this.budget,
    });
  }

  protected override relay(relayed: RelayedFrame, say: (saying: Saying) => void): void {
    const sender = [...this.nodes.values()].find((node) => node.say === say);
    const carried = this.carry(relayed);
    if (sender === undefined || carried === undefined) return;
    const [node, archive] = [carried.frame.subarray(35, 67), carried.archive].map(encodeBase64url);
    const to = this.relayPeers().find(({ id, isDown }) => id === archive && !isDown);
    if (to?.nodes.has(node!) === true) to.push(node!, carried.frame, this.id);
    else say({ op: 'gone', n: sender.n, node: node!, archive: archive! });
  }

  #nearby(): { node: string; archive: string }[] {
    return this.relayPeers()
      .flatMap((archive) => archive.servers.map((node) => ({ node, archive: archive.id })))
      .slice(0, 8);
  }
}
