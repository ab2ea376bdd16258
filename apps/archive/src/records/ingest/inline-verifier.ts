/** Verifies on the calling thread, one record after another. */
import type { Result } from '@holdfast/protocol';
import { nodeSignatureCheck } from './node-signature-check.js';
import type { RecordVerifier, VerifiedRecord } from './record-verifier.js';
import { verifyRecordWith } from './verify-record.js';

export class InlineVerifier implements RecordVerifier {
  async verify(jws: string, now: number): Promise<Result<VerifiedRecord>> {
    return verifyRecordWith(nodeSignatureCheck, jws, now);
  }

  async close(): Promise<void> {}
}
