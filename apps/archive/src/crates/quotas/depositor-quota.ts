/**
 * How much one depositor may leave here in a while, whichever mailboxes it is for (spec/custody.md, "Quotas"). Depositors
 * are networks, or other archives by their ids; as new ids cost nothing, all archives of one network together may bring
 * no more than one archive may. Kept in memory: a restart forgives. As many depositors are remembered as
 * have a place; the one that has been quiet for longest is forgotten first.
 */
import { Injectable } from '@nestjs/common';
import { limits } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { ArchiveSettings } from '../../platform/settings.js';
import {
  enoughAt,
  fullBucket,
  refill,
  type Bucket,
  type BucketBounds,
} from '../../platform/rates/token-bucket.js';

/** `archive`: one that has proved its id, and the network that it came from. It brings the crates of many. */
export type Depositor =
  | { readonly kind: 'network'; readonly id: string }
  | { readonly kind: 'archive'; readonly id: string; readonly network: string };

export interface UsedUp {
  readonly name: 'depositor-crates' | 'depositor-bytes';
  readonly untilMs: number;
}

interface Account {
  readonly crates: Bucket;
  readonly bytes: Bucket;
}

interface AccountBounds {
  readonly crates: BucketBounds;
  readonly bytes: BucketBounds;
}

@Injectable()
export class DepositorQuota {
  /** The one that has been quiet for longest first. */
  private readonly accounts = new Map<string, Account>();
  private readonly bounds: Readonly<Record<Depositor['kind'], AccountBounds>>;

  constructor(settings: ArchiveSettings) {
    this.bounds = {
      network: boundsOf(settings, 1),
      archive: boundsOf(settings, archiveLimits.archiveDepositsFactor),
    };
  }

  get count(): number {
    return this.accounts.size;
  }

  /** Takes the room for one crate; when there is none it takes nothing, and answers what is used up and until when. */
  take(depositor: Depositor, sizeBytes: number, nowMs: number): UsedUp | undefined {
    const bounds = this.bounds[depositor.kind];
    const accounts: Account[] = [];
    for (const name of namesOf(depositor)) {
      const account = this.accountOf(name, bounds, nowMs);
      const { crates, bytes } = account;
      accounts.push(account);
      refill(crates, bounds.crates, nowMs);
      refill(bytes, bounds.bytes, nowMs);
      const cratesAt = enoughAt(crates, bounds.crates, 1, nowMs);
      if (cratesAt !== undefined) return { name: 'depositor-crates', untilMs: cratesAt };
      const bytesAt = enoughAt(bytes, bounds.bytes, sizeBytes, nowMs);
      if (bytesAt !== undefined) return { name: 'depositor-bytes', untilMs: bytesAt };
    }
    for (const { crates, bytes } of accounts) {
      crates.tokens -= 1;
      bytes.tokens -= sizeBytes;
    }
    return undefined;
  }

  private accountOf(key: string, bounds: AccountBounds, nowMs: number): Account {
    const known = this.accounts.get(key);
    const account = known ?? {
      crates: fullBucket(bounds.crates, nowMs),
      bytes: fullBucket(bounds.bytes, nowMs),
    };
    if (known !== undefined) this.accounts.delete(key);
    else if (this.accounts.size === archiveLimits.depositorsMax) {
      this.accounts.delete(this.accounts.keys().next().value!);
    }
    this.accounts.set(key, account);
    return account;
  }
}

/** The network's first: what it refuses makes no account of the archive. */
function namesOf(depositor: Depositor): string[] {
  const own = `${depositor.kind} ${depositor.id}`;
  return depositor.kind === 'network' ? [own] : [`archives of ${depositor.network}`, own];
}

/** A burst has room for the largest crate, however low the rate. */
function boundsOf(settings: ArchiveSettings, factor: number): AccountBounds {
  const crates = settings.depositsPerMinute * factor;
  const bytes = settings.depositBytesPerMinute * factor;
  return {
    crates: { perMinute: crates, burst: crates * archiveLimits.depositsBurstMinutes },
    bytes: {
      perMinute: bytes,
      burst: Math.max(limits.crateSizesBytes.at(-1)!, bytes * archiveLimits.depositBytesBurstMinutes),
    },
  };
}
