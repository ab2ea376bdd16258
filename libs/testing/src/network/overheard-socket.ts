/**
 * Reads along what two sides say to each other on one connection, when that is a WebSocket (RFC 6455) without
 * extensions: whole messages, in each direction, as text. It only listens, so that what was transferred can be counted
 * without asking those who transferred it, and whatever has become of them.
 */
export type Way = 'forth' | 'back';

export interface OverheardMessage {
  readonly way: Way;
  readonly text: string;
}

/** What is longer is not a message that archives send: the rest of the connection is not listened to. */
const messageBytesMax = 16 * 1024 * 1024;
const headBytesMax = 64 * 1024;

export class OverheardSocket {
  readonly #ears: Readonly<Record<Way, Ear>>;

  constructor(onMessage: (message: OverheardMessage) => void) {
    const ear = (way: Way): Ear => new Ear((text) => onMessage({ way, text }));
    this.#ears = { forth: ear('forth'), back: ear('back') };
  }

  hear(way: Way, chunk: Buffer): void {
    this.#ears[way].hear(chunk);
  }
}

/** One direction: feeds a reader that says how many bytes it wants next. */
class Ear {
  readonly #reader: Generator<number, void, Buffer>;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wanted: number | undefined;

  constructor(onText: (text: string) => void) {
    this.#reader = read(onText);
    this.#wanted = this.#reader.next().value ?? undefined;
  }

  hear(chunk: Buffer): void {
    if (this.#wanted === undefined) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#wanted !== undefined && this.#bytes >= this.#wanted) {
      const all: Buffer = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const rest = all.subarray(this.#wanted);
      this.#chunks = [rest];
      this.#bytes = rest.length;
      this.#wanted = this.#reader.next(all.subarray(0, all.length - rest.length)).value ?? undefined;
    }
    if (this.#wanted === undefined) this.#chunks = [];
  }
}

function* read(onText: (text: string) => void): Generator<number, void, Buffer> {
  let head = '';
  while (!head.endsWith('\r\n\r\n')) {
    head += (yield 1).toString('latin1');
    if (head.length > headBytesMax) return;
  }
  if (!/\r\nupgrade: *websocket\r\n/i.test(head)) return;
  let message: Buffer[] = [];
  let messageBytes = 0;
  for (;;) {
    const [first, second] = (yield 2) as unknown as [number, number];
    let length = second & 0x7f;
    if (length === 126) length = (yield 2).readUInt16BE();
    else if (length === 127) length = Number((yield 8).readBigUInt64BE());
    if (length > messageBytesMax) return;
    const mask = (second & 0x80) === 0 ? undefined : Buffer.from(yield 4);
    const payload = unmasked(length === 0 ? Buffer.alloc(0) : yield length, mask);
    const isControl = (first & 0x08) !== 0;
    if (isControl) continue;
    message.push(payload);
    messageBytes += payload.length;
    if (messageBytes > messageBytesMax) return;
    if ((first & 0x80) === 0) continue;
    onText(Buffer.concat(message).toString());
    message = [];
    messageBytes = 0;
  }
}

function unmasked(payload: Buffer, mask: Buffer | undefined): Buffer {
  if (mask === undefined) return payload;
  const plain = Buffer.from(payload);
  for (let at = 0; at < plain.length; at++) plain[at]! ^= mask[at & 3]!;
  return plain;
}
