/** Verifies on the calling thread, one record after another. */
import type { ExpiredRecords, Result, Scope } from '@holdfast/protocol';
import { nodeSignatureCheck } from './node-signature-check.js';
import type { RecordVerifier, VerifiedRecord } from './record-verifier.js';
import { verifyRecordWith } from './verify-record.js';

export class InlineVerifier implements RecordVerifier {
  constructor(private readonly scope: Scope = {}) {}

  async verify(jws: string, now: number, expired?: ExpiredRecords): Promise<Result<VerifiedRecord>> {
    return verifyRecordWith(nodeSignatureCheck, jws, { now, expired, scope: this.scope });
  }

  async close(): Promise<void> {}
}
