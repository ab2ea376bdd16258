/**
 * Tickets (spec/relay.md, "Tickets"): the archive signs that a node key is one of its nodes, and chooses where the node's
 * id lands. The choice follows from the archive's own key, the epoch and the node key, so that nobody can choose again by
 * asking again, restarts change nothing, and all processes on one database give the same. Every node key has its epochs
 * begin at another time, lest all nodes of an archive change their ids at once.
 */
import { decodeBase64urlOf, encodeBase64url, issueTicket, nodeIdOf, ticketNonceOf } from '@holdfast/protocol';
import { createHmac } from 'node:crypto';
import { archiveLimits } from '../limits.js';
import type { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';

const { nodeEpochSeconds, nodeEpochOverlapSeconds } = archiveLimits;

export interface NodeTicket {
  /** The node's id and the ticket, base64url. */
  readonly node: string;
  readonly ticket: string;
  /** NumericDate. */
  readonly expiry: number;
}

export class NodeTickets {
  private readonly secret: Buffer;

  constructor(private readonly identity: Pick<ArchiveIdentity, 'id' | 'sign' | 'secretFor'>) {
    this.secret = identity.secretFor('holdfast-node-epochs-1');
  }

  /** @param key the node's, which has proved itself; base64url */
  async issue(key: string, nowMs: number): Promise<NodeTicket> {
    const { id, sign } = { id: this.identity.id, sign: (text: Uint8Array) => this.identity.sign(text) };
    const { epoch, expiry } = this.epochOf(key, Math.floor(nowMs / 1000));
    const nonce = await ticketNonceOf(this.digest(`epoch ${epoch}`), key);
    const ticket = await issueTicket(key, nonce, expiry, { publicKey: id, sign });
    const node = await nodeIdOf(id, decodeBase64urlOf(key, 32)!, nonce);
    return { node: encodeBase64url(node), ticket: encodeBase64url(ticket), expiry };
  }

  /** Shortly before an epoch ends the next one counts: every ticket is good for a while. */
  private epochOf(key: string, now: number): { readonly epoch: number; readonly expiry: number } {
    const offset = this.digest(`offset ${key}`).readUInt32BE() % nodeEpochSeconds;
    const epoch = Math.floor((now + offset + nodeEpochOverlapSeconds) / nodeEpochSeconds);
    return { epoch, expiry: (epoch + 1) * nodeEpochSeconds - offset };
  }

  private digest(text: string): Buffer {
    return createHmac('sha256', this.secret).update(text).digest();
  }
}
