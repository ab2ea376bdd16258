/**
 * The port behind which records are verified: shape, scope, id, signature (spec/records.md). Two adapters pass one
 * contract suite: threads for the archive, in line where no threads can be started.
 */
import type { ExpiredRecords, Result } from '@holdfast/protocol';

export interface VerifiedRecord {
  readonly id: string;
  /** How much the record weighs in queues. */
  readonly sizeBytes: number;
  /** The row of the table as JSON text (record-row.ts): made where the record is verified, off the main thread. */
  readonly row: string;
  readonly isRetraction: boolean;
}

export abstract class RecordVerifier {
  /**
   * @param now NumericDate of the archive, seconds
   * @throws HoldfastError `unavailable` when the verification itself failed
   */
  abstract verify(jws: string, now: number, expired?: ExpiredRecords): Promise<Result<VerifiedRecord>>;
  abstract close(): Promise<void>;
}
