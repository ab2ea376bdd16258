/**
 * The archive's custody receipts (spec/custody.md): made when a crate has been taken in, and for whoever asks for the
 * status of one that waits. The last ones are kept, so that asking again and again costs no signatures; any two of one
 * crate promise the same.
 */
import { Injectable } from '@nestjs/common';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';

/** A crate that is held, and has been committed. */
interface PromisedCrate {
  readonly id: string;
  readonly sizeBytes: number;
  readonly expiryHour: number;
}

@Injectable()
export class CustodyReceipts {
  /** By crate, the oldest first. */
  private readonly kept = new Map<string, Promise<string>>();

  constructor(private readonly identity: ArchiveIdentity) {}

  of({ id, sizeBytes, expiryHour }: PromisedCrate, nowMs: number): Promise<string> {
    const known = this.kept.get(id);
    if (known !== undefined) return known;
    const receipt = this.identity.promise({ crate: id, sizeBytes, expiryHour }, nowMs);
    this.kept.set(id, receipt);
    if (this.kept.size > archiveLimits.custodyReceiptsKeptMax) {
      this.kept.delete(this.kept.keys().next().value!);
    }
    return receipt;
  }
}
