import { afterEach, describe, expect, it } from '@jest/globals';
import { Coast, lasting } from '../../../test/coast.js';
import type { InboxOptions } from '../../index.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** Bob, for whom messages wait, and what he has been handed. */
async function bobWithMessages(count: number) {
  const [archive] = coast.archives(1);
  const clock = coast.clock();
  const storage = lasting();
  const bob = await coast.client([archive], { clock, storage });
  await bob.client.openMailbox();
  const alice = await coast.client([archive]);
  for (let n = 0; n < count; n++) {
    await alice.client.send({ to: bob.author, text: String(n) });
    await coast.until(() => archive.crates.size === n + 1);
  }
  const handled: string[] = [];
  const collect = (options: InboxOptions): Promise<void> =>
    bob.client.inbox(({ text }) => void handled.push(text), options);
  /** Resolves when so many have been dealt with, and wait to be acknowledged. */
  const dealtWith = async (wanted: number): Promise<void> => {
    while ((await storage.list('handled/')).length < wanted) await turn();
    await turn();
  };
  const acknowledged = (): string[] =>
    archive.requests.flatMap((request) => (request.op === 'ack' ? [request.crate] : []));
  return { archive, clock, bob, alice, handled, collect, dealtWith, acknowledged };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('acknowledgements', () => {
  it('leave together, after the random time that the application allows', async () => {
    const { clock, bob, collect, dealtWith, acknowledged } = await bobWithMessages(2);
    clock.dice = 0.5;
    const inbox = collect({ receiptDelayMs: 600_000 });
    await dealtWith(2);
    // The clock goes on by itself as well, for as long as all this takes.
    clock.jump({ seconds: 240 });
    await bob.client.query({ limit: 1 });
    expect(acknowledged()).toEqual([]);
    clock.jump({ seconds: 60 });
    await coast.until(() => acknowledged().length === 2);
    await bob.client.close();
    await inbox;
  });

  it('leave in another order than that in which the messages were opened', async () => {
    const { archive, clock, collect, dealtWith, acknowledged } = await bobWithMessages(4);
    clock.isHeld = true;
    const inbox = collect({ watch: false });
    await dealtWith(4);
    clock.dice = 0;
    clock.jump({ seconds: 2 });
    await inbox;
    const opened = [...archive.crates.keys()];
    expect(acknowledged()).not.toEqual(opened);
    expect(acknowledged().sort()).toEqual(opened.sort());
  });

  it('do not wait for more than 64 of them when the time is short, so that a full window goes on', async () => {
    const { clock, collect, dealtWith, acknowledged } = await bobWithMessages(65);
    clock.isHeld = true;
    clock.dice = 0.9;
    const inbox = collect({ watch: false });
    await coast.until(() => acknowledged().length === 64);
    await dealtWith(65);
    expect(acknowledged()).toHaveLength(64);
    clock.jump({ seconds: 2 });
    await inbox;
    expect(acknowledged()).toHaveLength(65);
  });

  it('are waited for by an inbox that does not watch', async () => {
    const { bob, clock, collect, dealtWith, acknowledged } = await bobWithMessages(1);
    clock.dice = 0.5;
    let isOver = false;
    const inbox = collect({ watch: false, receiptDelayMs: 600_000 }).then(() => (isOver = true));
    await dealtWith(1);
    clock.jump({ seconds: 240 });
    await bob.client.query({ limit: 1 });
    expect([isOver, acknowledged().length]).toEqual([false, 0]);
    clock.jump({ seconds: 60 });
    await inbox;
    expect(acknowledged()).toHaveLength(1);
  });

  it('are made by a later run when the program ends before, and the message is not handed over again', async () => {
    const { archive, bob, clock, handled, collect, dealtWith, acknowledged } = await bobWithMessages(1);
    clock.dice = 0.5;
    const leaving = new AbortController();
    const inbox = collect({ receiptDelayMs: 600_000, signal: leaving.signal });
    await dealtWith(1);
    leaving.abort();
    await inbox;
    expect(acknowledged()).toEqual([]);
    await collect({ watch: false, receiptDelayMs: 0 });
    expect(handled).toEqual(['0']);
    expect([...archive.crates.values()]).toMatchObject([{ status: 'delivered' }]);
    await bob.client.close();
  });

  it('are not made twice, nor the message handed over, when the archive offers it again meanwhile', async () => {
    const { archive, clock, handled, collect, dealtWith, acknowledged, bob } = await bobWithMessages(1);
    clock.dice = 0.5;
    let offerAgain = (): void => undefined;
    const hand = archive.handlers.collect!;
    archive.handlers.collect = (request, say) => {
      offerAgain = () => {
        for (const [crate, { envelope }] of archive.crates)
          say({ op: 'crate', n: request.n, crate, envelope });
      };
      return hand(request, say);
    };
    const inbox = collect({ receiptDelayMs: 600_000 });
    await dealtWith(1);
    for (let i = 0; i < 3; i++) offerAgain();
    await bob.client.query({ limit: 1 });
    clock.jump({ seconds: 300 });
    await coast.until(() => acknowledged().length > 0);
    await bob.client.query({ limit: 1 });
    expect([handled.length, acknowledged().length]).toEqual([1, 1]);
    await bob.client.close();
    await inbox;
  });

  it('are for those senders who may have them; what others sent is discarded', async () => {
    const { archive, alice, bob, handled, collect } = await bobWithMessages(1);
    const carol = await coast.client([archive]);
    await carol.client.send({ to: bob.author, text: 'from carol' });
    await coast.until(() => archive.crates.size === 2);
    await collect({ watch: false, receipts: (from) => from === carol.author, receiptDelayMs: 0 });
    expect(handled).toEqual(['0', 'from carol']);
    expect([...archive.crates.values()].map(({ status }) => status)).toEqual(['discarded', 'delivered']);
    expect(alice.problems).toEqual([]);
  });
});
