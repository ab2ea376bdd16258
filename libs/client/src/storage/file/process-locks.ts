/**
 * Locks between processes, kept as entries of the journal: taking and stealing are conditional writes, so two
 * processes never both believe that they took it. A lock ends with the process that its entry names.
 */
import { randomUUID } from 'node:crypto';
import { abortedError, closedError } from '../../errors.js';
import { limits } from '../../limits.js';
import { put, remove, type LockOptions, type Storage } from '../storage.js';

interface Holder {
  readonly pid: number;
  /** Tells a process from a later one of the same number: in containers every program is process 1. */
  readonly process: string;
  readonly token: string;
}

const thisProcess = randomUUID();
const heldHere = new Set<string>();

export class ProcessLocks {
  /** What lets go of each lock that is held. */
  readonly #held = new Set<() => Promise<void>>();
  readonly #lettingGo = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(
    private readonly update: Storage['update'],
    private readonly prefix: string,
  ) {}

  async take(name: string, { wait, signal }: LockOptions): Promise<(() => Promise<void>) | undefined> {
    const key = `${this.prefix}lock/${name}`;
    const token = randomUUID();
    const mine = JSON.stringify({ pid: process.pid, process: thisProcess, token } satisfies Holder);
    for (;;) {
      if (signal?.aborted) throw abortedError();
      if (this.#closing.signal.aborted) throw closedError();
      heldHere.add(token);
      let taken = false;
      await this.update([key], ([holder]) => {
        taken = !isHeld(holder);
        return taken ? [put(key, mine)] : [];
      });
      if (taken) break;
      heldHere.delete(token);
      if (!wait) return undefined;
      await this.#pause(signal);
    }
    const letGo = async (): Promise<void> => {
      if (!this.#held.delete(letGo)) return;
      heldHere.delete(token);
      const removed = this.update([key], ([holder]) => (holder === mine ? [remove(key)] : []));
      this.#lettingGo.add(removed);
      await removed.finally(() => this.#lettingGo.delete(removed));
    };
    this.#held.add(letGo);
    return letGo;
  }

  /** Lets go of what is still held. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const letGo of this.#held) await letGo();
    await Promise.allSettled(this.#lettingGo);
  }

  #pause(signal: AbortSignal | undefined): Promise<void> {
    const either = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        either.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, limits.lockPollMs);
      either.addEventListener('abort', end);
    });
  }
}

function isHeld(text: string | undefined): boolean {
  if (text === undefined) return false;
  const holder = JSON.parse(text) as Holder;
  if (holder.pid === process.pid) return holder.process === thisProcess && heldHere.has(holder.token);
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
