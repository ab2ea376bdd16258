/**
 * Verification off the main thread. Whatever waits when a thread has room goes there as one batch, so that batches are
 * single records in quiet times and grow with the load. A thread that dies takes its batches with it as `unavailable`,
 * which is retryable, and is replaced.
 */
import { HoldfastError, type ExpiredRecords, type Result, type Scope } from '@holdfast/protocol';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { archiveLimits } from '../../limits.js';
import type { RecordVerifier, VerifiedRecord } from './record-verifier.js';
import type { VerificationBatch, VerificationResults } from './verifier.worker.js';

interface Waiting {
  readonly jws: string;
  readonly now: number;
  readonly expired: ExpiredRecords;
  readonly resolve: (result: Result<VerifiedRecord>) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  /** What the thread works at, in the order in which it will answer. */
  readonly batches: Waiting[][];
}

export class VerifierPool implements RecordVerifier {
  private readonly threads = new Set<Thread>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private waiting: Waiting[] = [];
  private isClosed = false;
  private isDispatching = false;

  /** @param onTrouble told when a thread has died */
  constructor(
    private readonly onTrouble: (error: unknown) => void,
    private readonly scope: Scope = {},
    threadCount = availableParallelism() > 2 ? 2 : 1,
    private readonly file = new URL('./verifier.worker.js', import.meta.url),
  ) {
    for (let i = 0; i < threadCount; i++) this.start();
  }

  verify(jws: string, now: number, expired: ExpiredRecords = 'refused'): Promise<Result<VerifiedRecord>> {
    if (this.isClosed) return Promise.reject(stopped());
    return new Promise((resolve, reject) => {
      this.waiting.push({ jws, now, expired, resolve, reject });
      this.dispatchSoon();
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const timer of this.restarts) clearTimeout(timer);
    for (const { reject } of this.waiting.splice(0)) reject(stopped());
    await Promise.all([...this.threads].map(({ worker }) => worker.terminate()));
  }

  /** What else the present turn of the event loop reads from its sockets goes into the same batch. */
  private dispatchSoon(): void {
    if (this.isDispatching) return;
    this.isDispatching = true;
    setImmediate(() => {
      this.isDispatching = false;
      this.dispatch();
    });
  }

  private dispatch(): void {
    for (const thread of this.threads) {
      if (this.waiting.length === 0) return;
      if (thread.batches.length < archiveLimits.verificationBatchesPerThread) this.hand(thread);
    }
  }

  private hand(thread: Thread): void {
    const batch = this.take();
    thread.batches.push(batch);
    const message: VerificationBatch = {
      records: batch.map(({ jws }) => jws),
      expired: batch.map(({ expired }) => expired),
      now: batch[0]!.now,
    };
    thread.worker.postMessage(message);
  }

  private take(): Waiting[] {
    const fair = Math.ceil(this.waiting.length / this.threads.size);
    let count = 0;
    let bytes = 0;
    while (count < Math.min(fair, archiveLimits.verificationBatchRecordsMax)) {
      bytes += this.waiting[count]!.jws.length;
      if (count > 0 && bytes > archiveLimits.verificationBatchBytesMax) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private start(): void {
    const worker = new Worker(this.file, {
      workerData: this.scope,
      resourceLimits: {
        maxOldGenerationSizeMb: archiveLimits.verificationHeapMiBMax,
        maxYoungGenerationSizeMb: archiveLimits.verificationYoungHeapMiBMax,
      },
    });
    const thread: Thread = { worker, batches: [] };
    this.threads.add(thread);
    worker.on('message', (results: VerificationResults) => {
      const batch = thread.batches.shift()!;
      this.dispatch();
      batch.forEach(({ resolve }, index) => resolve(results[index]!));
    });
    worker.on('error', this.onTrouble);
    worker.on('exit', () => this.lose(thread));
  }

  private lose(thread: Thread): void {
    this.threads.delete(thread);
    for (const { reject } of thread.batches.splice(0).flat()) reject(stopped());
    if (this.isClosed) return;
    const timer = setTimeout(() => {
      this.restarts.delete(timer);
      this.start();
      this.dispatch();
    }, archiveLimits.verificationRestartMs);
    this.restarts.add(timer);
  }
}

const stopped = (): HoldfastError =>
  new HoldfastError('unavailable', 'The verification was interrupted: try again.');
