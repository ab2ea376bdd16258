/**
 * Locks between processes, kept as entries of the journal: taking and stealing are conditional writes, so two
 * processes never both believe that they took it. A lock ends with the process that its entry names.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../clock.js';
import { abortedError, closedError } from '../../errors.js';
import { limits } from '../../limits.js';
import { pause } from '../../pacing.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import { put, remove, type LockOptions, type Storage } from '../storage.js';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.js';

interface Holder extends ProcessIdentity {
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
  readonly #closing = new Stopper();

  constructor(
    private readonly update: Storage['update'],
    private readonly prefix: string,
  ) {}

  async take(
    name: string,
    { wait, signal, onTaken = () => undefined }: LockOptions,
  ): Promise<(() => Promise<void>) | undefined> {
    const key = `${this.prefix}lock/${name}`;
    const token = randomUUID();
    const mine = JSON.stringify({
      ...identityOf(process.pid),
      process: thisProcess,
      token,
    } satisfies Holder);
    const ending = new Stopper(this.#closing, signal);
    try {
      return await this.#take(key, mine, token, { wait, signal: ending, onTaken });
    } finally {
      ending.release();
    }
  }

  async #take(
    key: string,
    mine: string,
    token: string,
    { wait, signal: ending, onTaken }: Required<LockOptions> & { readonly signal: StopSignal },
  ): Promise<(() => Promise<void>) | undefined> {
    for (;;) {
      if (ending.aborted) throw this.#closing.aborted ? closedError() : abortedError();
      heldHere.add(token);
      let taken = false;
      let holderPid = 0;
      await this.update([key], ([holder]) => {
        taken = !isHeld(holder);
        if (!taken) holderPid = (JSON.parse(holder!) as Holder).pid;
        return taken ? [put(key, mine)] : [];
      });
      if (taken) break;
      heldHere.delete(token);
      onTaken(`process ${holderPid}`);
      if (!wait) return undefined;
      await pause(systemClock, limits.lockPollMs, ending);
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
}

function isHeld(text: string | undefined): boolean {
  if (text === undefined) return false;
  const holder = JSON.parse(text) as Holder;
  if (holder.pid === process.pid) return holder.process === thisProcess && heldHere.has(holder.token);
  return isRunning(holder);
}
