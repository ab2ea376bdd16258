/** Deposits crates over one WebSocket with a fixed number in flight; every one is answered with a custody receipt. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { SampleCrate } from './sample-crates.js';

export async function depositAll(
  url: string,
  takeNext: () => SampleCrate | undefined,
  inFlight: number,
): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  await once(socket, 'message');
  let number = 0;
  let unanswered = 0;
  await new Promise<void>((resolve, reject) => {
    const depositNext = () => {
      const crate = takeNext();
      if (crate === undefined) {
        if (unanswered === 0) resolve();
        return;
      }
      unanswered += 1;
      socket.send(`{"op":"deposit","n":${++number},"envelope":"${crate.envelope}"}`);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The archive closed the connection.')));
    socket.on('message', (data: Buffer) => {
      const answer = JSON.parse(data.toString('latin1')) as { status?: string; custody?: string };
      if (answer.status !== 'accepted' || answer.custody === undefined) {
        return reject(new Error(`Not accepted: ${data.toString()}`));
      }
      unanswered -= 1;
      depositNext();
    });
    for (let i = 0; i < inFlight; i++) depositNext();
  });
  socket.removeAllListeners('close');
  socket.close();
}
