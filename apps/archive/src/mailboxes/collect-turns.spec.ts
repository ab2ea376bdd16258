import { describe, expect, it } from '@jest/globals';
import { Owner, soon, Table } from '../../test/mailbox-in-memory.js';
import { archiveLimits } from '../limits.js';
import { CollectSession } from './collect-session.js';
import { CollectTurns } from './collect-turns.js';
import { MailboxDelivery } from './mailbox-delivery.js';

const batch = archiveLimits.collectBatchCratesMax;
const now = 1_000_000;

/** Everything that needs no outside event has happened. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Collects from so many mailboxes with so many crates in each, over one connection whose owner takes nothing in. */
async function mailboxesOfOneOwner(mailboxes: number, crates: number) {
  const owner = new Owner();
  owner.stalled = true;
  const turns = new CollectTurns(owner.connection);
  const sessions = Array.from({ length: mailboxes }, (_, n) => {
    const table = new Table();
    for (let i = 0; i < crates; i++) table.add();
    const delivery = new MailboxDelivery({
      now: () => now,
      noteAttempts: async (attempts) => table.note(attempts),
      wakeAt: async () => undefined,
      later: soon,
      onError: (error) => {
        throw error;
      },
    });
    const session = new CollectSession({
      mailbox: `mailbox-${n}`,
      n,
      connection: {
        isDrained: false,
        send: (answer) => void (handed.push(n), owner.connection.send(answer)),
      },
      turns,
      waiting: table,
      nextAttemptAt: () => now + 5_000,
      onTurn: () => delivery.wake(),
    });
    delivery.open(session);
    return { session, delivery };
  });
  /** Which mailbox each crate was from that was sent. */
  const handed: number[] = [];
  /** The owner takes in what was sent, and stalls again. */
  const takeIn = async (): Promise<number[]> => {
    const before = handed.length;
    owner.drain();
    owner.stalled = true;
    await settled();
    return handed.slice(before);
  };
  await settled();
  return { handed, takeIn, sessions };
}

describe('the turns of a connection', () => {
  it('leave one batch on its way, however many mailboxes have something', async () => {
    const { handed, takeIn } = await mailboxesOfOneOwner(200, batch);
    expect(handed).toEqual([]);
    expect((await takeIn()).length).toBe(batch);
    expect((await takeIn()).length).toBe(batch);
  });

  it('go round, so that a long backlog holds up no other mailbox for longer than a batch', async () => {
    const { takeIn } = await mailboxesOfOneOwner(3, 2 * batch);
    const mailboxes: (number | undefined)[] = [];
    for (let i = 0; i < 6; i++) mailboxes.push(...new Set(await takeIn()));
    expect(mailboxes).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('pass by a session that has ended', async () => {
    const { takeIn, sessions } = await mailboxesOfOneOwner(3, 1);
    const [first, second] = sessions;
    for (const { session, delivery } of [first!, second!]) {
      session.end();
      delivery.close(session);
    }
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) seen.push(...(await takeIn()));
    expect(seen).toEqual([2]);
  });
});
