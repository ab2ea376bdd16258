/** The baseline of ingest: how fast node:crypto verifies the same signatures on all cores, through its thread pool. */
import { verify } from 'node:crypto';
import type { SignedRecord } from './signed-records.js';

const inFlight = 64;

/** @returns verifications per second */
export async function verifyPerSecond(records: readonly SignedRecord[]): Promise<number> {
  const started = performance.now();
  let next = 0;
  const verifyInTurn = async (): Promise<void> => {
    for (let record = records[next++]; record !== undefined; record = records[next++])
      await verifyOne(record);
  };
  await Promise.all(Array.from({ length: inFlight }, verifyInTurn));
  return (records.length * 1000) / (performance.now() - started);
}

function verifyOne({ signingInput, publicKey, signature }: SignedRecord): Promise<void> {
  return new Promise((resolve, reject) => {
    verify(null, signingInput, publicKey, signature, (error, valid) => {
      if (valid) resolve();
      else reject(error ?? new Error('A signature of the bench does not verify.'));
    });
  });
}
