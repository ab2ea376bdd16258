/**
 * A peer of the test's own: it holds a real key, is approved as any other, and says on its links what a test tells it to.
 * Where it is told nothing it is an archive that holds nothing.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { respond, SortedArray } from '@holdfast/reconcile';
import { operate, type ArchiveProcess } from '@holdfast/testing';
import { ForeignArchive } from '../foreign-archive.js';

const path = '/v1/peers';

export interface Question {
  readonly op: string;
  readonly n: number;
  readonly ids?: readonly string[];
  readonly after?: number;
  readonly message?: string;
}

/** Members of an answer, or a whole message, text or binary; undefined: no answer at all. */
export type Said = object | string | Buffer | undefined;
export type Script = Readonly<Record<string, (question: Question) => Said>>;

const nothing: Script = {
  start: () => ({ last: 0, count: 0 }),
  want: ({ ids }) => ({ records: [], gone: ids }),
  page: ({ after }) => ({ records: [], upTo: after, last: after }),
  compare: ({ message }) => ({
    message: Buffer.from(respond(new SortedArray([]), Buffer.from(message!, 'base64url'), {})).toString(
      'base64url',
    ),
  }),
  proofs: () => ({ departures: [] }),
  peers: () => ({ peers: [] }),
};

export class FakePeer {
  private constructor(
    private readonly foreign: ForeignArchive,
    private readonly archive: ArchiveProcess,
  ) {}

  /** The archive's operator has approved it. */
  static async approvedBy(archive: ArchiveProcess): Promise<FakePeer> {
    const peer = new FakePeer(await ForeignArchive.make(), archive);
    const refusal = await peer.refusal();
    if (refusal !== 'peer-pending') throw new Error(`An unknown peer was answered ${refusal}.`);
    await operate(archive, 'peers', 'approve', peer.id);
    return peer;
  }

  get id(): string {
    return this.foreign.identity.id;
  }

  /** The code with which the archive refuses a link now; undefined: it does not. */
  async refusal(): Promise<string | undefined> {
    const socket = await this.#knock();
    try {
      return await Promise.race([
        once(socket, 'open').then(() => undefined),
        once(socket, 'refused').then(([code]: unknown[]) => String(code)),
      ]);
    } finally {
      socket.terminate();
    }
  }

  /** Resolves when the link is over, to the code that the archive gave. */
  async link(script: Script, { relays = false } = {}): Promise<string> {
    const socket = await this.#knock(relays);
    socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      const frame = JSON.parse(String(data)) as Question;
      // Also the proof of who the archive is, which this peer takes on trust.
      if (frame.op === 'proof') socket.send(JSON.stringify(hello));
      const answer = script[frame.op] ?? nothing[frame.op];
      const said = answer?.(frame);
      if (said === undefined) return;
      const isWhole = typeof said === 'string' || Buffer.isBuffer(said);
      socket.send(isWhole ? said : JSON.stringify({ op: 'answer', n: frame.n, ...said }));
    });
    const [, reason] = (await once(socket, 'close')) as [number, Buffer];
    return String(reason);
  }

  async #knock(relays = false): Promise<WebSocket> {
    const token = await this.foreign.token(this.archive.id, path, new Uint8Array());
    const socket = new WebSocket(`${this.archive.url.replace('http', 'ws')}${path}`, {
      headers: { authorization: `Bearer ${token}`, ...(relays ? { 'holdfast-relay': '1' } : {}) },
      perMessageDeflate: false,
    });
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += String(chunk)));
      response.on('end', () => socket.emit('refused', (JSON.parse(body) as { code: string }).code));
    });
    return socket;
  }
}

const hello = { op: 'hello', versions: [1], scope: {}, horizon: null, last: 0 };
