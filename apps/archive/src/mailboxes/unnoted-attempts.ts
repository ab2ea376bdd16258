/**
 * First attempts that are not written down yet. Most crates are answered within a moment, and one that has left needs no
 * note, which would cost as much as its departure: so only what is still there a little later is noted, together.
 * Nothing depends on the note: an attempt that was never noted counts as due (waiting-crates.repository.ts).
 */
import type { Attempt } from './waiting-crates.repository.js';

export interface UnnotedAttemptsInit {
  readonly note: (attempts: readonly Attempt[]) => void;
  /** Calls back in a little while, unless what it answers is called before. */
  readonly later: (run: () => void) => () => void;
}

export class UnnotedAttempts {
  /** Handed over since the last turn, and before it. */
  private young = new Map<string, Attempt>();
  private old = new Map<string, Attempt>();
  private cancel: (() => void) | undefined;

  constructor(private readonly init: UnnotedAttemptsInit) {}

  add(attempts: readonly Attempt[]): void {
    for (const attempt of attempts) {
      this.old.delete(attempt.id);
      this.young.set(attempt.id, attempt);
    }
    if (this.young.size > 0) this.cancel ??= this.init.later(() => this.turn());
  }

  /** The crate has left, or its attempt is noted otherwise. */
  remove(id: string): void {
    this.young.delete(id);
    this.old.delete(id);
  }

  /** Nobody collects any more: whoever comes starts over. */
  drop(): void {
    this.cancel?.();
    this.cancel = undefined;
    this.young.clear();
    this.old.clear();
  }

  private turn(): void {
    const noted = [...this.old.values()];
    this.old = this.young;
    this.young = new Map();
    this.cancel = this.old.size > 0 ? this.init.later(() => this.turn()) : undefined;
    if (noted.length > 0) this.init.note(noted);
  }
}
