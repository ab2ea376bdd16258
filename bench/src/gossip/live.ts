/** Publishing at an even pace at one archive, and watching how much later each record can be read at another one. */
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import { bootFederation, type ArchiveProcess } from '@holdfast/testing';
import { progress, step } from '../report/report.js';

const tickMs = 10;

/** @returns milliseconds from "stored" at the first archive to the record's arrival at a follower of the second, sorted */
export async function replicateLive(
  records: Iterator<string, unknown>,
  perSecond: number,
  seconds: number,
): Promise<Float64Array> {
  const federation = await bootFederation({ archives: 2, postgres: 'embedded' });
  try {
    const [near, far] = federation.archives as [ArchiveProcess, ArchiveProcess];
    const count = perSecond * seconds;
    step(`publishing ${perSecond} records a second for ${seconds} s, and following at the other archive`);
    const { arrived } = await followAll(far, count);
    const storedAt = await publishEvenly(near, records, perSecond, count);
    const arrivedAt = await arrived;
    return Float64Array.from(
      [...storedAt].map(([id, at]) => Math.max(0, (arrivedAt.get(id) ?? Number.POSITIVE_INFINITY) - at)),
    ).sort();
  } finally {
    await federation.destroy();
  }
}

/** Resolves, once the archive follows, to a promise of when each of so many records came. */
async function followAll(
  archive: ArchiveProcess,
  count: number,
): Promise<{ arrived: Promise<ReadonlyMap<string, number>> }> {
  const socket = await connect(archive);
  const arrivedAt = new Map<string, number>();
  const caughtUp = once(socket, 'message');
  socket.send('{"op":"follow","n":1,"filter":{"collection":"bench","history":true}}');
  await caughtUp;
  const arrived = new Promise<ReadonlyMap<string, number>>((resolve, reject) => {
    socket.on('close', () => reject(new Error('The archive closed the connection.')));
    socket.on('message', (data: Buffer) => {
      const now = performance.now();
      const { entries = [] } = JSON.parse(data.toString('latin1')) as { entries?: { record: string }[] };
      for (const { record } of entries) arrivedAt.set(idOf(record), now);
      if (arrivedAt.size < count) return;
      socket.removeAllListeners('close');
      socket.terminate();
      resolve(arrivedAt);
    });
  });
  return { arrived };
}

/** @returns when each record was answered as stored */
export async function publishEvenly(
  archive: ArchiveProcess,
  records: Iterator<string, unknown>,
  perSecond: number,
  count: number,
): Promise<ReadonlyMap<string, number>> {
  const socket = await connect(archive);
  const storedAt = new Map<string, number>();
  let sent = 0;
  await new Promise<void>((resolve, reject) => {
    const startedAt = performance.now();
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1000));
      for (; sent < due; sent++) {
        socket.send(`{"op":"publish","n":${sent + 1},"record":"${String(records.next().value)}"}`);
      }
      progress(`${sent.toLocaleString('en')} of ${count.toLocaleString('en')} published`);
    }, tickMs);
    const end = (settle: () => void): void => {
      clearInterval(timer);
      settle();
    };
    socket.on('close', () => end(() => reject(new Error('The archive closed the connection.'))));
    socket.on('message', (data: Buffer) => {
      const answer = JSON.parse(data.toString('latin1')) as { id: string; status?: string };
      if (answer.status !== 'stored') end(() => reject(new Error(`Not stored: ${String(data)}`)));
      storedAt.set(answer.id, performance.now());
      if (storedAt.size === count) end(resolve);
    });
  });
  socket.removeAllListeners('close');
  socket.terminate();
  return storedAt;
}

async function connect({ url }: ArchiveProcess): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  await once(socket, 'message');
  return socket;
}

const idOf = (jws: string): string =>
  createHash('sha256')
    .update(jws.slice(0, jws.lastIndexOf('.')))
    .digest('base64url');
