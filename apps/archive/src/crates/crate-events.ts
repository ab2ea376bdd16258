/**
 * What has been committed about crates, for the features that act on it. Within one process and best effort: who must
 * not miss anything reads the tables.
 */
import { Injectable } from '@nestjs/common';
import type { StoredCrate } from './crate.js';
import type { LeftCrate } from './crate.repository.js';
import type { QuotaName } from './quotas/quota-exceeded.js';

/** @param stored those of the crates that are new */
type ArrivalListener = (mailboxes: ReadonlySet<string>, stored: readonly StoredCrate[]) => void;
type RefusalListener = (quota: QuotaName) => void;
type DepartureListener = (left: readonly LeftCrate[]) => void;
/** @param urls archives where there is something to do now */
type ErrandListener = (urls: readonly string[]) => void;

@Injectable()
export class CrateEvents {
  private readonly arrivalListeners: ArrivalListener[] = [];
  private readonly refusalListeners: RefusalListener[] = [];
  private readonly departureListeners: DepartureListener[] = [];
  private readonly errandListeners: ErrandListener[] = [];

  onArrival(listener: ArrivalListener): void {
    this.arrivalListeners.push(listener);
  }

  onRefusal(listener: RefusalListener): void {
    this.refusalListeners.push(listener);
  }

  onDeparture(listener: DepartureListener): void {
    this.departureListeners.push(listener);
  }

  onErrandsDue(listener: ErrandListener): void {
    this.errandListeners.push(listener);
  }

  arrived(mailboxes: ReadonlySet<string>, stored: readonly StoredCrate[]): void {
    if (mailboxes.size > 0) for (const listener of this.arrivalListeners) listener(mailboxes, stored);
  }

  /** A deposit found no room. */
  refused(quota: QuotaName): void {
    for (const listener of this.refusalListeners) listener(quota);
  }

  left(crates: readonly LeftCrate[]): void {
    if (crates.length > 0) for (const listener of this.departureListeners) listener(crates);
  }

  errandsDue(urls: readonly string[]): void {
    if (urls.length > 0) for (const listener of this.errandListeners) listener(urls);
  }
}
