/** A bare client of `WS /v1/ws` for tests: sends frames as they are, and waits for the frames that come back. */
import {
  encodeRelayedFrame,
  parseAnswer,
  parseRelayedFrame,
  signCollect,
  valueOf,
  type Answer,
  type AnswerOf,
  type SigningKey,
} from '@holdfast/protocol';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { text, type SampleCrate } from './crate-samples.js';

/** A binary message. All of it is text, so that it compares: the frame in base64url. */
export interface Relayed {
  readonly op: 'relayed';
  readonly n: number;
  readonly from: { readonly node: string; readonly archive: string };
  readonly frame: string;
}

type Came = Answer | Relayed;
type CameOf<Op extends Came['op']> = Extract<Came, { op: Op }>;

export class SocketClient {
  /** Everything that has come and that nobody has waited for, oldest first. */
  readonly frames: Came[] = [];
  private readonly waiters = new Set<() => void>();
  private n = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => {
      this.frames.push(isBinary ? relayedOf(data as Buffer) : valueOf(parseAnswer(String(data))));
      this.notify();
    });
    socket.on('close', () => this.notify());
    socket.on('error', () => this.notify());
  }

  static async connect(url: string): Promise<{ client: SocketClient; hello: AnswerOf<'hello'> }> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`);
    const client = new SocketClient(socket);
    await once(socket, 'open');
    return { client, hello: await client.next('hello') };
  }

  /** Sends a request under a new number, and answers the number. */
  send(request: Record<string, unknown>): number {
    const n = ++this.n;
    this.socket.send(JSON.stringify({ n, ...request }));
    return n;
  }

  /** Sends a frame for a node of that archive under a new number, and answers the number. */
  relay(archive: string, frame: Uint8Array): number {
    const n = ++this.n;
    this.binary(encodeRelayedFrame({ n, archive: Buffer.from(archive, 'base64url'), frame }));
    return n;
  }

  /** As it is. */
  binary(message: Uint8Array): void {
    this.socket.send(message);
  }

  /** The next frame of this kind (and of this request), taken out of `frames`; waits for it. */
  async next<Op extends Came['op']>(op: Op, n?: number): Promise<CameOf<Op>> {
    for (;;) {
      const index = this.frames.findIndex(
        (frame) => frame.op === op && (n === undefined || (frame as { n?: number }).n === n),
      );
      if (index >= 0) return this.frames.splice(index, 1)[0] as CameOf<Op>;
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`The connection ended before "${op}" came.`);
      await new Promise<void>((resolve) => this.waiters.add(resolve));
    }
  }

  /** The answer to a request, whatever it is. */
  async ask(request: Record<string, unknown>): Promise<Answer> {
    const n = this.send(request);
    for (;;) {
      const index = this.frames.findIndex((frame) => (frame as { n?: number }).n === n);
      if (index >= 0) return this.frames.splice(index, 1)[0] as Answer;
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error('The connection ended before the answer came.');
      await new Promise<void>((resolve) => this.waiters.add(resolve));
    }
  }

  deposit(crate: SampleCrate): Promise<Answer> {
    return this.ask({ op: 'deposit', envelope: text(crate.envelope) });
  }

  ack(crate: SampleCrate): Promise<Answer> {
    return this.ask({ op: 'ack', crate: crate.id, secret: text(crate.ackSecret) });
  }

  /** Reads nothing that comes, until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }

  private notify(): void {
    for (const resolve of this.waiters) resolve();
    this.waiters.clear();
  }
}

function relayedOf(message: Buffer): Relayed {
  const { n, archive, frame } = valueOf(parseRelayedFrame(message));
  const [from, by, whole] = [frame.subarray(3, 35), archive, frame].map(text);
  return { op: 'relayed', n, from: { node: from!, archive: by! }, frame: whole! };
}

/** A connection whose challenge the mailbox has signed. `n` is the number under which crates come. */
export async function collectFrom(
  url: string,
  mailbox: SigningKey,
): Promise<{ client: SocketClient; n: number; waiting: number }> {
  const { client, hello } = await SocketClient.connect(url);
  const signature = await signCollect(mailbox, hello.archive, hello.challenge);
  const n = client.send({ op: 'collect', mailbox: mailbox.publicKey, signature });
  const { waiting } = await client.next('collecting', n);
  return { client, n, waiting };
}
