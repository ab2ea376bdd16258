/** Whether the archive takes requests: false from the moment it is asked to stop, and while its database is gone. */
import { archiveLimits } from '../../limits.js';
import type { Database } from '../database/database.js';

export class Readiness {
  private stopping = false;
  private asked: { readonly at: number; readonly answer: Promise<boolean> } | undefined;

  constructor(
    private readonly database: Pick<Database, 'isThere'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isStopping(): boolean {
    return this.stopping;
  }

  stop(): void {
    this.stopping = true;
  }

  /** Asks the database, and takes silence for a no. Whoever asks within a moment shares one answer. */
  isDatabaseThere(): Promise<boolean> {
    const now = this.now();
    if (this.asked === undefined || now - this.asked.at >= archiveLimits.healthSharedMsMax) {
      this.asked = { at: now, answer: this.ask() };
    }
    return this.asked.answer;
  }

  private async ask(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), archiveLimits.healthQueryMsMax);
    });
    return Promise.race([this.database.isThere(), silence]).finally(() => clearTimeout(timer));
  }
}
