/**
 * Tickets (spec/relay.md, "Tickets"): the archive signs that a node key is one of its nodes, and chooses where the node's
 * id lands. The choice follows from the archive's own key, the epoch and the node key, so that nobody can choose again by
 * asking again, restarts change nothing, and all processes on one database give the same. Every node key has its epochs
 * begin at another time, lest all nodes of an archive change their ids at once.
 */
import { concatBytes, decodeBase64urlOf, encodeUtf8 } from '@holdfast/protocol';
import { createHash, createHmac } from 'node:crypto';
import { archiveLimits } from '../limits.js';
import type { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';

const { nodeEpochSeconds, nodeEpochOverlapSeconds } = archiveLimits;
const nonceBytes = 8;

export interface NodeTicket {
  /** The node's id. */
  readonly id: Buffer;
  readonly bytes: Uint8Array;
  /** NumericDate. */
  readonly expiry: number;
}

export class NodeTickets {
  private readonly archive: Uint8Array;
  private readonly secret: Buffer;

  constructor(private readonly identity: Pick<ArchiveIdentity, 'id' | 'sign' | 'secretFor'>) {
    this.archive = decodeBase64urlOf(identity.id, 32)!;
    this.secret = identity.secretFor('holdfast-node-epochs-1');
  }

  /** @param node the node key, which has proved itself */
  async issue(node: Uint8Array, nowMs: number): Promise<NodeTicket> {
    const { epoch, expiry } = this.epochOf(node, Math.floor(nowMs / 1000));
    const nonce = this.digest(`epoch ${epoch}`, node).subarray(0, nonceBytes);
    const text = concatBytes(encodeUtf8('holdfast-ticket-1'), this.archive, node, nonce, uint32(expiry));
    const signature = await this.identity.sign(text);
    return {
      id: createHash('sha256')
        .update('holdfast-node-1')
        .update(this.archive)
        .update(node)
        .update(nonce)
        .digest(),
      bytes: concatBytes(node, nonce, uint32(expiry), signature),
      expiry,
    };
  }

  /** Shortly before an epoch ends the next one counts: every ticket is good for a while. */
  private epochOf(node: Uint8Array, now: number): { readonly epoch: number; readonly expiry: number } {
    const offset = this.digest('offset', node).readUInt32BE() % nodeEpochSeconds;
    const epoch = Math.floor((now + offset + nodeEpochOverlapSeconds) / nodeEpochSeconds);
    return { epoch, expiry: (epoch + 1) * nodeEpochSeconds - offset };
  }

  private digest(purpose: string, node: Uint8Array): Buffer {
    const secret = createHmac('sha256', this.secret).update(purpose).digest();
    return createHmac('sha256', secret).update(node).digest();
  }
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
