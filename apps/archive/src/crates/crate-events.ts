/**
 * What has been committed about crates, for the features that act on it. Within one process and best effort: who must
 * not miss anything reads the tables.
 */
import { Injectable } from '@nestjs/common';
import type { LeftCrate } from './crate.repository.js';

/** @param stored how many of the crates are new */
type ArrivalListener = (mailboxes: ReadonlySet<string>, stored: number) => void;
type DepartureListener = (left: readonly LeftCrate[]) => void;

@Injectable()
export class CrateEvents {
  private readonly arrivalListeners: ArrivalListener[] = [];
  private readonly departureListeners: DepartureListener[] = [];

  onArrival(listener: ArrivalListener): void {
    this.arrivalListeners.push(listener);
  }

  onDeparture(listener: DepartureListener): void {
    this.departureListeners.push(listener);
  }

  arrived(mailboxes: ReadonlySet<string>, stored: number): void {
    if (mailboxes.size > 0) for (const listener of this.arrivalListeners) listener(mailboxes, stored);
  }

  left(crates: readonly LeftCrate[]): void {
    if (crates.length > 0) for (const listener of this.departureListeners) listener(crates);
  }
}
