import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Owner, settled, soon, Table } from '../../test/mailbox-in-memory.js';
import { archiveLimits } from '../limits.js';
import { CollectSession } from './collect-session.js';
import { CollectTurns } from './collect-turns.js';
import { MailboxDelivery, nextAttemptAt } from './mailbox-delivery.js';

const KiB = 1024;
const window = archiveLimits.collectWindowCratesMax;

let table: Table;
let owner: Owner;
let delivery: MailboxDelivery;
let now: number;
let wakes: number[];
let errors: unknown[];
let noted: string[];

const collect = (who: Owner = owner): CollectSession => {
  const session = new CollectSession({
    mailbox: 'alice',
    n: 1,
    connection: who.connection,
    waiting: table,
    nextAttemptAt: (attempts, at) => nextAttemptAt(attempts, at, 0.5),
    turns: new CollectTurns(who.connection),
    onTurn: () => delivery.wake(),
  });
  delivery.open(session);
  return session;
};

const answer = (id: string): void => {
  table.rows.delete(id);
  delivery.left(id);
  delivery.wake();
};

const reset = (): void => {
  table = new Table();
  owner = new Owner();
  now = 1_000_000;
  wakes = [];
  errors = [];
  noted = [];
  delivery = new MailboxDelivery({
    now: () => now,
    noteAttempts: async (attempts) => {
      noted.push(...attempts.map(({ id }) => id));
      table.note(attempts);
    },
    wakeAt: async (at) => void wakes.push(at),
    later: soon,
    onError: (error) => errors.push(error),
  });
};

beforeEach(reset);

describe('delivery to the owner of a mailbox', () => {
  it('hands over what waits, in the order of arrival', async () => {
    const ids = Array.from({ length: 10 }, () => table.add());
    collect();
    await settled();
    expect(owner.received).toEqual(ids);
  });

  it('hands over what arrives later, with one read', async () => {
    collect();
    await settled();
    const before = table.reads;
    const id = table.add();
    delivery.arrived();
    await settled();
    expect(owner.received).toEqual([id]);
    expect(table.reads - before).toBe(1);
  });

  it('leaves no more unanswered than the window holds, and goes on as answers come', async () => {
    const ids = Array.from({ length: window * 2 + 5 }, () => table.add());
    collect();
    await settled();
    expect(owner.received).toEqual(ids.slice(0, window));
    for (const id of ids.slice(0, 7)) answer(id);
    await settled();
    expect(owner.received).toEqual(ids.slice(0, window + 7));
    for (const id of ids) answer(id);
    await settled();
    // The rest left the archive before its turn came.
    expect(owner.received.length).toBeLessThanOrEqual(ids.length);
  });

  it('counts the bytes of the window too', async () => {
    const largest = 1024 * KiB;
    const ids = Array.from({ length: 8 }, () => table.add(largest));
    collect();
    await settled();
    const fitting = archiveLimits.collectWindowBytesMax / largest;
    expect(owner.received).toEqual(ids.slice(0, fitting));
    answer(ids[0]!);
    await settled();
    expect(owner.received).toEqual(ids.slice(0, fitting + 1));
  });

  it('waits for an owner that does not read', async () => {
    Array.from({ length: archiveLimits.collectBatchCratesMax + 10 }, () => table.add());
    owner.stalled = true;
    collect();
    await settled();
    expect(owner.received).toEqual([]);
    owner.drain();
    await settled();
    expect(owner.received).toHaveLength(archiveLimits.collectBatchCratesMax + 10);
  });

  it('does not let one owner that does not read hold up another one', async () => {
    const ids = Array.from({ length: archiveLimits.collectBatchCratesMax + 10 }, () => table.add());
    const slow = new Owner();
    slow.stalled = true;
    collect(slow);
    collect();
    await settled();
    expect(owner.received).toEqual(ids);
  });

  it('tries an unanswered crate again when it is due, and not before', async () => {
    const id = table.add();
    collect();
    await settled();
    expect(wakes).toHaveLength(1);
    now = wakes[0]! - 1;
    delivery.retry();
    await settled();
    expect(owner.received).toEqual([id]);
    now = wakes[0]!;
    delivery.retry();
    await settled();
    expect(owner.received).toEqual([id, id]);
    expect(table.rows.get(id)).toMatchObject({ attempts: 2 });
    expect(wakes.at(-1)).toBeGreaterThan(now);
  });

  it('tries again what somebody else has let rest, when the session itself finds it due', async () => {
    const id = table.add();
    collect();
    await settled();
    const nextAt = table.rows.get(id)!.nextAt!;
    table.rows.get(id)!.nextAt = undefined;
    now = nextAt - 1;
    delivery.sweep('1');
    await settled();
    expect(owner.received).toEqual([id]);
    now = nextAt;
    delivery.sweep('1');
    await settled();
    expect(owner.received).toEqual([id, id]);
  });

  it('asks the table now and then for what is due although no session knows of it', async () => {
    const id = table.add();
    collect();
    await settled();
    now = table.rows.get(id)!.nextAt!;
    // Another process has handed it over a moment ago.
    table.rows.get(id)!.nextAt = now + archiveLimits.deliveryRecheckMs;
    delivery.sweep('1');
    await settled();
    expect(owner.received).toEqual([id]);
    now += archiveLimits.deliveryRecheckMs;
    delivery.sweep('1');
    await settled();
    expect(owner.received).toEqual([id, id]);
  });

  it('hands over new crates although a whole window of others stays unanswered', async () => {
    const stuck = Array.from({ length: window }, () => table.add());
    collect();
    await settled();
    const fresh = table.add();
    delivery.arrived();
    await settled();
    expect(owner.received).toEqual(stuck);
    now = Math.max(...[...table.rows.values()].map(({ nextAt }) => nextAt ?? 0));
    delivery.retry();
    await settled();
    expect(owner.received[window]).toBe(fresh);
  });

  it('shows what is due to every owner that is connected', async () => {
    const id = table.add();
    const second = new Owner();
    collect();
    collect(second);
    await settled();
    now += 3_600_000;
    delivery.retry();
    await settled();
    expect([owner.received, second.received]).toEqual([
      [id, id],
      [id, id],
    ]);
  });

  it('loses nothing when a read fails: the next wake makes it again', async () => {
    const id = table.add();
    table.failures = 1;
    collect();
    await settled();
    expect(errors).toHaveLength(1);
    expect(owner.received).toEqual([]);
    delivery.wake();
    await settled();
    expect(owner.received).toEqual([id]);
  });

  it('writes down no first attempt of a crate that is answered at once', async () => {
    const [first, second] = [table.add(), table.add()];
    const { received } = owner;
    const { send } = owner.connection;
    owner.connection.send = (handed) => {
      send(handed);
      if (received.at(-1) === first) setImmediate(answer, first);
    };
    collect();
    await settled();
    expect(received).toEqual([first, second]);
    expect(noted).toEqual([second]);
  });

  it('writes down at once that a crate was handed over again', async () => {
    const id = table.add();
    collect();
    await settled();
    now = wakes[0]!;
    delivery.retry();
    while (owner.received.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(noted).toEqual([id, id]);
  });

  it('hands nothing to an owner that has gone', async () => {
    const session = collect();
    await settled();
    session.end();
    delivery.close(session);
    table.add();
    delivery.arrived();
    await settled();
    expect(owner.received).toEqual([]);
    expect(delivery.isIdle).toBe(true);
  });

  it('hands over every crate at least once for any order of arrivals, answers, retries and stalls', async () => {
    const arrivals = ['arrive', 'arrive in memory', 'arrive in memory'] as const;
    const step = fc.constantFrom(...arrivals, 'answer', 'answer', 'retry', 'stall', 'drain', 'fail');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        reset();
        const all: string[] = [];
        const answered = new Set<string>();
        collect();
        for (const each of steps) {
          if (each === 'arrive') {
            all.push(table.add());
            delivery.arrived();
          } else if (each === 'arrive in memory') {
            all.push(table.add());
            delivery.arrived([table.arrived(all.at(-1)!)]);
          } else if (each === 'answer') {
            const id = owner.received.find((received) => !answered.has(received));
            if (id !== undefined) {
              answered.add(id);
              answer(id);
            }
          } else if (each === 'retry') {
            now += 600_000;
            delivery.retry();
          } else if (each === 'stall') owner.stalled = true;
          else if (each === 'drain') owner.drain();
          else table.failures = 1;
          await new Promise((resolve) => setImmediate(resolve));
        }
        owner.drain();
        table.failures = 0;
        delivery.wake();
        await settled();
        expect(new Set(owner.received)).toEqual(new Set(all));
        const firsts = [...new Set(owner.received)];
        expect(firsts).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });
});
