import { describe, expect, it } from '@jest/globals';
import { verifyRecord, type HoldfastRecord, type Result } from '@holdfast/protocol';
import { departureStoreContract, progressStoreContract, recordStoreContract } from '../contract/index.js';
import { MemoryDepartures } from './memory-departures.js';
import { MemoryProgress } from './memory-progress.js';
import { MemoryRecords } from './memory-records.js';

const now = 1_800_000_000;

async function verify(jws: string): Promise<Result<HoldfastRecord>> {
  const verdict = await verifyRecord(jws, now);
  return verdict.ok || verdict.code !== 'record-expired' ? verdict : verifyRecord(jws, now - 7_200);
}

describe("an archive's records in memory", () => {
  for (const { name, run } of recordStoreContract) {
    it(name, () =>
      run({
        open: async (scope = {}) => ({
          store: new MemoryRecords({ verify, nowMs: () => now * 1000, scope }),
          close: async () => undefined,
        }),
        now: () => now,
      }),
    );
  }
});

describe('departures in memory', () => {
  for (const { name, run } of departureStoreContract) {
    it(name, () =>
      run({
        open: async () => {
          const store = new MemoryDepartures({ fits: ({ proof }) => proof === 'fits' });
          let made = 0;
          const deposit = async () => {
            const crate = String(++made).padStart(43, 'c');
            if (store.deposit(crate).answer !== 'accepted') throw new Error('it was here before');
            const fitting = { crate, way: 'ack', proof: 'fits' } as const;
            return { fitting, unfitting: { ...fitting, proof: 'does not' } };
          };
          return { store, deposit, close: async () => undefined };
        },
      }),
    );
  }
});

describe('crates in memory', () => {
  const crate = 'c'.repeat(43);
  const fitting = { crate, way: 'recall', proof: 'fits' } as const;
  const unfitting = { ...fitting, way: 'ack', proof: 'does not' } as const;
  const opened = () => {
    const told: string[] = [];
    const store = new MemoryDepartures({
      fits: ({ proof }) => proof === 'fits',
      left: ({ way }) => told.push(way),
    });
    return { store, told };
  };

  it('are gone the moment they come when a proof that was noted before fits, and that is told', () => {
    const { store, told } = opened();
    expect(store.deposit(crate, 'current', [unfitting, fitting])).toMatchObject({ answer: 'crate-gone' });
    expect([store.stateOf(crate), store.proofOf(crate), told]).toEqual(['recalled', fitting, ['recall']]);
  });

  it('come and are told of to nobody when no proof that was noted fits', () => {
    const { store, told } = opened();
    expect(store.deposit(crate, 'current', [unfitting])).toMatchObject({ answer: 'accepted' });
    expect([store.waiting, told]).toEqual([[crate], []]);
  });

  it('are not taken in when their hour is over, nor again once they have left', () => {
    const { store } = opened();
    expect(store.deposit(crate, 'expired')).toEqual({ answer: 'crate-expired' });
    expect(store.hear(fitting).answer).toBe('crate-not-found');
    expect(store.hear(fitting, true).answer).toBe('noted');
    store.deposit(crate);
    expect(store.hear(unfitting).answer).toBe('receipt-invalid');
    expect(store.hear(fitting).answer).toBe('recalled');
    expect(store.deposit(crate)).toEqual({ answer: 'crate-gone', state: 'recalled' });
  });

  it('expire without a word, and are forgotten', async () => {
    const { store, told } = opened();
    store.deposit(crate);
    store.expire(crate);
    expect([store.stateOf(crate), store.waiting, told]).toEqual(['expired', [], []]);
    expect(await store.after(0)).toEqual({ crates: [], upTo: 0 });
    store.forget(crate);
    expect(store.states.size).toBe(0);
  });
});

describe('progress in memory', () => {
  for (const { name, run } of progressStoreContract) {
    it(name, () => {
      const peers = { one: new MemoryProgress(), another: new MemoryProgress() };
      return run({ open: async (peer) => peers[peer] });
    });
  }
});
