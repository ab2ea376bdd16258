import { describe, it } from '@jest/globals';
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
            if (!store.deposit(crate)) throw new Error('it was here before');
            const fitting = { crate, way: 'ack', proof: 'fits' } as const;
            return { fitting, unfitting: { ...fitting, proof: 'does not' } };
          };
          return { store, deposit, close: async () => undefined };
        },
      }),
    );
  }
});

describe('progress in memory', () => {
  for (const { name, run } of progressStoreContract) {
    it(name, () => {
      const peers = { one: new MemoryProgress(), another: new MemoryProgress() };
      return run({ open: async (peer) => peers[peer] });
    });
  }
});
