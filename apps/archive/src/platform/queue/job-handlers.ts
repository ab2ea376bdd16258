/** Who does which job: every job name has exactly one handler, checked when the queue starts. */
import { jobNames, type JobHandler, type JobName } from './wake-queue.js';

export class JobHandlers {
  private readonly handlers = new Map<JobName, JobHandler>();

  set(job: JobName, handler: JobHandler): void {
    if (this.handlers.has(job)) throw new Error(`The job ${job} has two handlers.`);
    this.handlers.set(job, handler);
  }

  of(job: string): JobHandler | undefined {
    return this.handlers.get(job as JobName);
  }

  requireAll(): void {
    const missing = jobNames.filter((job) => !this.handlers.has(job));
    if (missing.length > 0) throw new Error(`These jobs have no handler: ${missing.join(', ')}.`);
  }
}
