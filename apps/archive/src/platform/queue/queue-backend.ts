/**
 * Where BullMQ keeps the wakes that wait: PostgreSQL (postgres-backend.ts) or Redis (redis-backend.ts). What a wake
 * means is not decided here but in bullmq-wake-queue.ts; a backend opens and closes BullMQ's queue and worker, and says
 * when nothing can be queued, and when what it held may be gone.
 */
import type { Job, Queue } from 'bullmq';
import { archiveLimits } from '../../limits.js';
import type { JobName } from './wake-queue.js';

export interface Wake {
  readonly subject: string;
}

export type WakeJob = Job<Wake, void, JobName>;

/** What is used of BullMQ's queue, whatever keeps it. */
export type WakeJobs = Pick<
  Queue<Wake, void, JobName, Wake, void, JobName>,
  'add' | 'upsertJobScheduler' | 'getJobScheduler'
>;

export interface BackendEvents {
  /** Does one job. Never rejects. */
  readonly run: (job: WakeJob) => Promise<void>;
  /** An error outside any call. */
  readonly met: (error: unknown) => void;
  /** What was queued may be gone: the backend has lost it, or was away. */
  readonly emptied: () => void;
}

export interface QueueBackend {
  /** Opens the queue and begins to run jobs. Rejects only when waiting for it would not help. */
  open(events: BackendEvents): Promise<void>;

  /** Undefined while nothing can be queued: a wake is lost then rather than kept for an unbounded time. */
  readonly jobs: WakeJobs | undefined;

  /** Why nothing can be queued at the moment, when that is trouble. */
  readonly failure: unknown;

  /** @returns what makes the backend whole again after this error, when it is one that can be repaired */
  repair(error: unknown): Promise<void> | undefined;

  /** Takes no further job and lets go of all connections; waits for running jobs while that is possible. */
  close(): Promise<void>;
}

export const queueName = 'wakes';

export const queueOptions = {
  defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  streams: { events: { maxLen: archiveLimits.queueEventsMax } },
};

export const workerOptions = {
  concurrency: archiveLimits.queueConcurrency,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
  runRetryDelay: archiveLimits.queueRetryMs,
};
