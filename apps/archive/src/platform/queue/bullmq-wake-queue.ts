/**
 * The wake queue on BullMQ: what a wake means, whatever keeps it (queue-backend.ts). Wakes of one subject that wait
 * become one by BullMQ's deduplication; what repeats is asked for again when the backend has lost it.
 */
import { archiveLimits } from '../../limits.js';
import { JobHandlers } from './job-handlers.js';
import type { QueueBackend, WakeJob } from './queue-backend.js';
import { WakeQueue, type JobHandler, type JobName, type QueueTrouble } from './wake-queue.js';

export interface BullmqWakeQueueOptions {
  /** Told of every job before its handler is called. */
  readonly onWake?: (job: JobName) => void;
  /** How often the backend is asked whether it still has what repeats, and will soon do it. */
  readonly checkMs?: number;
}

export class BullmqWakeQueue extends WakeQueue {
  private readonly handlers = new JobHandlers();
  /** When each waiting wake of this process is due: what need not be asked of the backend again. */
  private readonly waiting = new Map<string, number>();
  private readonly repeating = new Map<JobName, number>();
  private readonly running = new Set<Promise<void>>();
  private checking: NodeJS.Timeout | undefined;
  private restoring: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly backend: QueueBackend,
    private readonly trouble: QueueTrouble,
    private readonly options: BullmqWakeQueueOptions = {},
  ) {
    super();
  }

  handle(job: JobName, handler: JobHandler): void {
    this.handlers.set(job, handler);
  }

  /** @throws HoldfastError `database-unsuitable` */
  async start(): Promise<void> {
    this.handlers.requireAll();
    await this.backend.open({
      run: (job) => this.run(job),
      met: (error) => this.met(error),
      emptied: () => this.restore(),
    });
    this.restore();
    this.checking = setInterval(() => void this.check(), this.options.checkMs ?? archiveLimits.queueCheckMs);
    await this.restoring;
  }

  async wake(job: JobName, subject: string, at: number): Promise<void> {
    if (this.stopping !== undefined) return;
    const { jobs, failure } = this.backend;
    if (jobs === undefined) {
      if (failure !== undefined) this.met(failure);
      return;
    }
    const name = `${job} ${subject}`;
    const known = this.waiting.get(name);
    // A wake that is long overdue has been lost with its row.
    if (known !== undefined && known <= at && known > Date.now() - archiveLimits.queueLateMsMax) return;
    if (this.waiting.size >= archiveLimits.queueWaitingMax) this.waiting.clear();
    this.waiting.set(name, at);
    try {
      await jobs.add(
        job,
        { subject },
        {
          delay: Math.max(0, at - Date.now()),
          deduplication: { id: name, keepLastIfActive: true, reschedule: true },
        },
      );
    } catch (error) {
      this.waiting.delete(name);
      this.met(error);
    }
  }

  async repeat(job: JobName, everyMs: number): Promise<void> {
    this.repeating.set(job, everyMs);
    await this.repeatAll().catch((error: unknown) => this.met(error));
  }

  stop(): Promise<void> {
    this.stopping ??= this.close();
    return this.stopping;
  }

  private async close(): Promise<void> {
    clearInterval(this.checking);
    await this.restoring;
    await this.backend.close();
    await Promise.all(this.running);
  }

  private run(job: WakeJob): Promise<void> {
    const run = this.call(job).finally(() => this.running.delete(run));
    this.running.add(run);
    return run;
  }

  private async call(job: WakeJob): Promise<void> {
    const { subject } = job.data;
    this.waiting.delete(`${job.name} ${subject}`);
    const handler = this.handlers.of(job.name);
    // A newer or older version of this program may have asked for a job that this one does not know.
    if (handler === undefined) return;
    this.options.onWake?.(job.name);
    try {
      await handler(subject);
    } catch (error) {
      this.trouble(error, job.name);
    }
  }

  private async repeatAll(): Promise<void> {
    for (const [job, every] of this.repeating) {
      await this.backend.jobs?.upsertJobScheduler(job, { every }, { name: job, data: { subject: job } });
    }
  }

  /** A backend that has been emptied looks like one with nothing to do: nothing else would tell. */
  private async check(): Promise<void> {
    try {
      for (const job of this.repeating.keys()) {
        const { jobs } = this.backend;
        if (jobs === undefined) return;
        const next = (await jobs.getJobScheduler(job))?.next ?? 0;
        if (next < Date.now() - archiveLimits.queueLateMsMax) return this.restore();
      }
    } catch (error) {
      this.met(error);
    }
  }

  private met(error: unknown): void {
    if (this.stopping !== undefined) return;
    this.trouble(error);
    const repairing = this.backend.repair(error);
    // A repair that fails is told by whoever next asks the backend for something.
    repairing?.catch(() => undefined);
    if (repairing !== undefined) this.restore(repairing);
  }

  /** Asks again for what repeats; what else was waiting will be asked for again by those who need it. */
  private restore(repaired: Promise<void> = Promise.resolve()): void {
    this.restoring ??= repaired
      .then(() => {
        this.waiting.clear();
        return this.repeatAll();
      })
      .finally(() => (this.restoring = undefined))
      .catch((failure: unknown) => this.met(failure));
  }
}
