/** Collects from some mailboxes over one WebSocket, and acknowledges every crate as soon as it is there. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { SampleMailbox } from './sample-crates.js';

/** Of a connection's 256 requests that may be unanswered. */
const acksInFlightMax = 128;
/** More than the head of a `crate` frame has before its envelope. */
const headLength = 96;
const headPattern = /^\{"op":"crate","n":\d+,"crate":"([\w-]{43})"/;

export interface Collecting {
  /** Resolves when as many crates have been acknowledged as were expected. */
  readonly acknowledged: Promise<void>;
  close(): void;
}

/**
 * @param secretOf the receipt of a crate; undefined when the crate is to stay
 * @param on called when a crate is there, before it is acknowledged, and when it has been
 */
export async function collectFrom(
  url: string,
  mailboxes: readonly SampleMailbox[],
  expected: number,
  secretOf: (crate: string) => string | undefined,
  on: { readonly crate?: () => void; readonly delivered?: () => void } = {},
): Promise<Collecting> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  const [first] = (await once(socket, 'message')) as [Buffer];
  const hello = JSON.parse(first.toString()) as { archive: string; challenge: string };
  let number = 0;
  let count = 0;
  let unanswered = 0;
  const waiting: string[] = [];
  const acknowledgeNext = () => {
    while (unanswered < acksInFlightMax && waiting.length > 0) {
      unanswered += 1;
      socket.send(`{"op":"ack","n":${++number},${waiting.shift()!}}`);
    }
  };
  const acknowledged = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const crate = headPattern.exec(data.toString('latin1', 0, headLength))?.[1];
      if (crate !== undefined) {
        on.crate?.();
        const secret = secretOf(crate);
        if (secret === undefined) return;
        waiting.push(`"crate":"${crate}","secret":"${secret}"`);
        acknowledgeNext();
        return;
      }
      const answer = JSON.parse(data.toString('latin1')) as { op: string; status?: string };
      if (answer.op === 'collecting') return;
      if (answer.status !== 'delivered') return reject(new Error(`Not delivered: ${data.toString()}`));
      unanswered -= 1;
      on.delivered?.();
      if (++count === expected) resolve();
      acknowledgeNext();
    });
  });
  for (const { id, signCollect } of mailboxes) {
    const signature = signCollect(hello.archive, hello.challenge);
    socket.send(`{"op":"collect","n":${++number},"mailbox":"${id}","signature":"${signature}"}`);
  }
  return { acknowledged, close: () => socket.terminate() };
}
