/** A node of the overlay for tests, as far as an archive sees it: frames with a right head and anything behind it. */
import {
  generatePrivateJwk,
  signingKeyFromJwk,
  signJoin,
  type AnswerOf,
  type SigningKey,
} from '@holdfast/protocol';
import { randomBytes } from 'node:crypto';
import { SocketClient, type Relayed } from './socket-client.js';

export interface Contact {
  readonly node: string;
  readonly archive: string;
}

export const makeNodeKey = async (): Promise<SigningKey> => signingKeyFromJwk(await generatePrivateJwk());

export interface FrameHead {
  readonly from: string;
  readonly to: string;
  readonly isFlood?: boolean;
}

/** What has a right head, and is as long as the shortest frame or longer. */
export function frameOf({ from, to, isFlood = false }: FrameHead, bytes = 137): Buffer {
  const head = Buffer.concat([
    Buffer.of(1, Number(isFlood), 0),
    Buffer.from(from, 'base64url'),
    Buffer.from(to, 'base64url'),
  ]);
  return Buffer.concat([head, randomBytes(bytes - head.length)]);
}

export class NodeClient {
  private constructor(
    readonly client: SocketClient,
    readonly key: SigningKey,
    readonly joined: AnswerOf<'joined'>,
    readonly contact: Contact,
  ) {}

  static async join(
    url: string,
    { key, role = 'server' }: { readonly key?: SigningKey; readonly role?: 'server' | 'observer' } = {},
  ): Promise<NodeClient> {
    const { client, hello } = await SocketClient.connect(url);
    const nodeKey = key ?? (await makeNodeKey());
    const proof = await signJoin(nodeKey, hello.archive, hello.challenge);
    const n = client.send({ op: 'join', node: nodeKey.publicKey, role, proof });
    const joined = await client.next('joined', n);
    return new NodeClient(client, nodeKey, joined, { node: joined.node, archive: hello.archive });
  }

  /** Answers the frame that was sent, in base64url. */
  relay(to: Contact, head: Partial<FrameHead> = {}, bytes?: number): string {
    const frame = frameOf({ from: this.contact.node, to: to.node, ...head }, bytes);
    this.client.relay(to.archive, frame);
    return frame.toString('base64url');
  }

  received(): Promise<Relayed> {
    return this.client.next('relayed', this.joined.n);
  }

  gone(): Promise<AnswerOf<'gone'>> {
    return this.client.next('gone', this.joined.n);
  }

  async nearby(target: string): Promise<readonly Contact[]> {
    const n = this.client.send({ op: 'nearby', target });
    return (await this.client.next('contacts', n)).contacts;
  }
}
