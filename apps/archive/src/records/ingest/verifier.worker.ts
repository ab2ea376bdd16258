/**
 * A verification thread: takes a batch of records, answers a batch of results in their order. libsodium verifies about
 * twice as fast as node:crypto on one core; both give the same verdicts (record-verifier.contract-spec.ts).
 */
import type { ExpiredRecords, Result, Scope } from '@holdfast/protocol';
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { nodeSignatureCheck } from './node-signature-check.js';
import type { VerifiedRecord } from './record-verifier.js';
import { verifyRecordWith, type SignatureCheck } from './verify-record.js';

export interface VerificationBatch {
  readonly records: readonly string[];
  /** For each of them. */
  readonly expired: readonly ExpiredRecords[];
  /** NumericDate, seconds. */
  readonly now: number;
}

export type VerificationResults = readonly Result<VerifiedRecord>[];

interface Sodium {
  crypto_sign_verify_detached(signature: Buffer, message: Buffer, publicKey: Buffer): boolean;
}

/** What the archive keeps, as the thread was started with. */
const scope = workerData as Scope;
const check = sodiumSignatureCheck() ?? nodeSignatureCheck;

parentPort!.on('message', ({ records, expired, now }: VerificationBatch) => {
  const results: VerificationResults = records.map((jws, index) =>
    verifyRecordWith(check, jws, { now, expired: expired[index], scope }),
  );
  parentPort!.postMessage(results);
});

/** Undefined where the package has no binary for this machine. */
function sodiumSignatureCheck(): SignatureCheck | undefined {
  try {
    const sodium = createRequire(import.meta.url)('sodium-native') as Sodium;
    return (publicKey, message, signature) =>
      sodium.crypto_sign_verify_detached(bufferOf(signature), bufferOf(message), bufferOf(publicKey));
  } catch {
    return undefined;
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
