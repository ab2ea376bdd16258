/** What happens to the archives: one after the other is killed without warning, and one is lost with its disk. */
import { setTimeout } from 'node:timers/promises';
import type { ArchiveProcess } from '@holdfast/testing';

const pauseMsMin = 500;
const pauseMsMax = 4_000;

export interface MisfortuneInit {
  readonly archives: readonly ArchiveProcess[];
  /** Whether an archive's PostgreSQL, which must be its own, dies with it. */
  readonly withDatabase: boolean;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly say: (line: string) => void;
}

export class Misfortune {
  readonly living: Set<ArchiveProcess>;
  kills = 0;
  #ended = new AbortController();
  #running: Promise<void> | undefined;
  /** One misfortune at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly init: MisfortuneInit) {
    this.living = new Set(init.archives);
  }

  begin(): void {
    this.#running = this.#run();
  }

  /** Kills one for good: neither its process nor its data comes back. */
  destroyOne(): Promise<void> {
    return this.#inTurn(async () => {
      const archive = this.#anyLiving();
      this.living.delete(archive);
      this.init.say(`archive ${this.#nameOf(archive)} is destroyed, with its disk`);
      await archive.kill9({ database: this.init.withDatabase });
      await archive.destroy();
    });
  }

  /** Resolves when every archive that is left is up. */
  async end(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { random, say, withDatabase } = this.init;
    while (!this.#ended.signal.aborted) {
      await pause(pauseMsMin + random() * (pauseMsMax - pauseMsMin), this.#ended.signal);
      if (this.#ended.signal.aborted) return;
      await this.#inTurn(async () => {
        const archive = this.#anyLiving();
        say(`kill -9 ${this.#nameOf(archive)}`);
        await archive.kill9({ database: withDatabase });
        this.kills++;
        await archive.start();
      });
    }
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(act);
    return this.#turn;
  }

  #anyLiving(): ArchiveProcess {
    const living = [...this.living];
    return living[Math.floor(this.init.random() * living.length)]!;
  }

  #nameOf(archive: ArchiveProcess): string {
    return 'ABC'[this.init.archives.indexOf(archive)]!;
  }
}

/** Ends early, without an error, when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
