/** Crates that come while their owner is connected and has everything else: they need not be read from the table. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Owner, settled, soon, Table } from '../../test/mailbox-in-memory.js';
import { CollectSession } from './collect-session.js';
import { CollectTurns } from './collect-turns.js';
import { MailboxDelivery } from './mailbox-delivery.js';

let table: Table;
let owner: Owner;
let delivery: MailboxDelivery;

beforeEach(() => {
  table = new Table();
  owner = new Owner();
  delivery = new MailboxDelivery({
    now: () => 1_000_000,
    noteAttempts: async (attempts) => table.note(attempts),
    wakeAt: async () => undefined,
    later: soon,
    onError: (error) => {
      throw error;
    },
  });
});

const collect = (): void =>
  delivery.open(
    new CollectSession({
      mailbox: 'alice',
      n: 1,
      connection: owner.connection,
      waiting: table,
      nextAttemptAt: (_attempts, at) => at + 5_000,
      turns: new CollectTurns(owner.connection),
      onTurn: () => delivery.wake(),
    }),
  );

describe('a crate that has just come', () => {
  it('is handed over without a look at the table, which is read for what came unseen', async () => {
    collect();
    await settled();
    const reads = table.reads;
    const [first, second] = [table.add(), table.add()];
    delivery.arrived([table.arrived(first), table.arrived(second)]);
    await settled();
    expect(owner.received).toEqual([first, second]);
    expect(table.reads).toBe(reads);
    const third = table.add();
    delivery.arrived();
    await settled();
    expect(owner.received).toEqual([first, second, third]);
    expect(table.reads).toBeGreaterThan(reads);
  });

  it('does not overtake what has yet to be read', async () => {
    owner.stalled = true;
    const first = table.add();
    collect();
    await settled();
    const older = table.add();
    delivery.arrived();
    const newer = table.add();
    delivery.arrived([table.arrived(newer)]);
    owner.drain();
    await settled();
    expect(owner.received).toEqual([first, older, newer]);
  });

  it('is not handed over when it has left meanwhile, or is in hand', async () => {
    owner.stalled = true;
    const first = table.add();
    collect();
    await settled();
    const gone = table.add();
    delivery.arrived([table.arrived(first), table.arrived(gone)]);
    table.rows.delete(gone);
    delivery.left(gone);
    owner.drain();
    await settled();
    expect(owner.received).toEqual([first]);
  });

  it('does not hide what another process has taken in before it', async () => {
    collect();
    await settled();
    const unseen = table.add();
    const seen = table.add();
    delivery.arrived([table.arrived(seen)]);
    await settled();
    expect(owner.received).toEqual([seen]);
    delivery.sweep(undefined);
    await settled();
    expect(owner.received).toEqual([seen, unseen]);
  });
});
