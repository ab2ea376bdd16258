/**
 * What was heard of crates before they came, which another feature keeps. It is asked after the commit that takes them
 * in and before anybody is told of that, and may answer at once where it knows that it was told nothing. What a crash
 * leaves undone, that feature finds again in its tables.
 */
import { Injectable } from '@nestjs/common';
import type { WayOut } from './crate.js';

/** Lets those go that have left elsewhere before they came, and answers how. */
type Settle = (crates: readonly string[]) => Promise<ReadonlyMap<string, WayOut>>;

@Injectable()
export class EarlyNews {
  private settleThem: Settle | undefined;

  keptBy(settle: Settle): void {
    this.settleThem = settle;
  }

  async settle(crates: readonly string[]): Promise<ReadonlyMap<string, WayOut>> {
    if (this.settleThem === undefined || crates.length === 0) return new Map();
    return this.settleThem(crates);
  }
}
