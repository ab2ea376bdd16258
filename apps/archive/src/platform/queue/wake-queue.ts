/**
 * The port to whatever wakes a piece of work at a later time. A wake is best effort: a queue may forget every one, so
 * whoever asks for a wake keeps what is due in tables and looks there again by itself (DESIGN.md, principle 4).
 * Every adapter passes wake-queue.contract-spec.ts.
 */

/** Every kind of work that can be woken. Each has exactly one handler, or the archive does not start. */
export const jobNames = ['deliver-mailbox', 'expire-crates', 'run-errand'] as const;
export type JobName = (typeof jobNames)[number];

/** Does the work for one subject. What it throws is logged; the work is not tried again by the queue. */
export type JobHandler = (subject: string) => Promise<void>;

/** Told of what goes wrong outside any call: a lost connection, a handler that threw. */
export type QueueTrouble = (error: unknown, job?: JobName) => void;

export abstract class WakeQueue {
  /** Names the one handler of a job, before `start`. Throws when the job has one already. */
  abstract handle(job: JobName, handler: JobHandler): void;

  /** Opens the queue and begins to call handlers. Throws when a job has no handler. */
  abstract start(): Promise<void>;

  /**
   * Calls the job's handler with this subject once, at `at` (milliseconds since 1970) or soon after. Wakes for the
   * same job and subject that are still waiting become one, at the earliest of their times. A wake that is asked for
   * while the handler runs leads to another call. Never throws: what could not be queued is trouble, and lost.
   */
  abstract wake(job: JobName, subject: string, at: number): Promise<void>;

  /** Calls the job's handler again and again, with the job's own name as the subject. */
  abstract repeat(job: JobName, everyMs: number): Promise<void>;

  /** Calls no handler any more and waits for those that run. Wakes that wait may be kept for the next start. */
  abstract stop(): Promise<void>;
}
