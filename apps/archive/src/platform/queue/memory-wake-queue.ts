/** The wake queue in memory: for tests, and the plainest reading of what the port promises. */
import { JobHandlers } from './job-handlers.js';
import { WakeQueue, type JobHandler, type JobName, type QueueTrouble } from './wake-queue.js';

interface Wake {
  at: number;
  timer: NodeJS.Timeout | undefined;
}

export class MemoryWakeQueue extends WakeQueue {
  private readonly handlers = new JobHandlers();
  private readonly waiting = new Map<string, Wake>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly repeating: NodeJS.Timeout[] = [];
  private started = false;

  constructor(private readonly trouble: QueueTrouble) {
    super();
  }

  handle(job: JobName, handler: JobHandler): void {
    this.handlers.set(job, handler);
  }

  async start(): Promise<void> {
    this.handlers.requireAll();
    this.started = true;
    for (const [name, wake] of this.waiting) this.arm(name, wake);
  }

  async wake(job: JobName, subject: string, at: number): Promise<void> {
    const name = `${job} ${subject}`;
    const known = this.waiting.get(name);
    if (known !== undefined && known.at <= at) return;
    const wake = known ?? { at, timer: undefined };
    wake.at = at;
    this.waiting.set(name, wake);
    if (this.started) this.arm(name, wake);
  }

  async repeat(job: JobName, everyMs: number): Promise<void> {
    this.repeating.push(setInterval(() => void this.wake(job, job, Date.now()), everyMs));
  }

  async stop(): Promise<void> {
    this.started = false;
    for (const timer of this.repeating) clearInterval(timer);
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    await Promise.all(this.running.values());
  }

  private arm(name: string, wake: Wake): void {
    clearTimeout(wake.timer);
    wake.timer = setTimeout(() => this.call(name, wake), Math.max(0, wake.at - Date.now()));
  }

  private call(name: string, wake: Wake): void {
    if (!this.started || this.running.has(name)) return;
    // A timer may fire a millisecond early.
    if (Date.now() < wake.at) return this.arm(name, wake);
    this.waiting.delete(name);
    const [job, subject] = name.split(' ', 2) as [JobName, string];
    const run = this.handlers.of(job)!(subject)
      .catch((error: unknown) => this.trouble(error, job))
      .finally(() => {
        this.running.delete(name);
        const next = this.waiting.get(name);
        if (next !== undefined && this.started) this.arm(name, next);
      });
    this.running.set(name, run);
  }
}
