/**
 * Publishes records over one WebSocket with a fixed number in flight, and notes how long each acknowledgement took. As
 * lean as a client can be, since it shares the machine with what it measures.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface PublishRun {
  /** Milliseconds from sending to acknowledgement, one for each record. */
  readonly acknowledgedMs: readonly number[];
}

export async function publishAll(
  url: string,
  takeNext: () => string | undefined,
  inFlight: number,
): Promise<PublishRun> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  await once(socket, 'message');
  const sentAt = new Map<number, number>();
  const acknowledgedMs: number[] = [];
  let number = 0;
  await new Promise<void>((resolve, reject) => {
    const sendNext = () => {
      const jws = takeNext();
      if (jws === undefined) {
        if (sentAt.size === 0) resolve();
        return;
      }
      sentAt.set(++number, performance.now());
      socket.send(`{"op":"publish","n":${number},"record":"${jws}"}`);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The archive closed the connection.')));
    socket.on('message', (data: Buffer) => {
      const answer = JSON.parse(data.toString('latin1')) as { op: string; n: number; status?: string };
      if (answer.status !== 'stored') return reject(new Error(`Not stored: ${data.toString()}`));
      acknowledgedMs.push(performance.now() - sentAt.get(answer.n)!);
      sentAt.delete(answer.n);
      sendNext();
    });
    for (let i = 0; i < inFlight; i++) sendNext();
  });
  socket.removeAllListeners('close');
  socket.close();
  return { acknowledgedMs };
}
