/** How long it takes from sending a deposit until its recipient, who is connected elsewhere, has the crate. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { collectFrom } from './collector.js';
import { makeCrate, makeMailbox } from './sample-crates.js';

/** @returns milliseconds of each delivery, one after the other */
export async function deliverMs(url: string, count: number): Promise<number[]> {
  const mailbox = makeMailbox();
  const crates = Array.from({ length: count }, () => makeCrate(mailbox.id));
  const secrets = new Map(crates.map(({ id, ackSecret }) => [id, ackSecret]));
  const sender = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`, { perMessageDeflate: false });
  await once(sender, 'message');
  let arrived = (): void => undefined;
  let done = (): void => undefined;
  const recipient = await collectFrom(url, [mailbox], count, (crate) => secrets.get(crate), {
    crate: () => arrived(),
    delivered: () => done(),
  });
  const durationsMs: number[] = [];
  for (const [index, { envelope }] of crates.entries()) {
    const answered = once(sender, 'message');
    const delivered = new Promise<void>((resolve) => (arrived = resolve));
    // The next one begins when this one is over: what is measured is one delivery, not a queue of them.
    const acknowledged = new Promise<void>((resolve) => (done = resolve));
    const started = performance.now();
    sender.send(`{"op":"deposit","n":${index + 1},"envelope":"${envelope}"}`);
    await delivered;
    durationsMs.push(performance.now() - started);
    await Promise.all([answered, acknowledged]);
  }
  await recipient.acknowledged;
  recipient.close();
  sender.terminate();
  return durationsMs;
}
