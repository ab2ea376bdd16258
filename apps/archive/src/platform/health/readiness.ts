/** Whether the archive takes requests: false from the moment it is asked to stop, and while its database is gone. */
import { archiveLimits } from '../../limits.js';
import type { Database } from '../database/database.js';

export class Readiness {
  private stopping = false;

  constructor(private readonly database: Database) {}

  get isStopping(): boolean {
    return this.stopping;
  }

  stop(): void {
    this.stopping = true;
  }

  /** Asks the database, and takes silence for a no. */
  async isDatabaseThere(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), archiveLimits.healthQueryMsMax);
    });
    const answer = this.database.query('select 1').then(
      () => true,
      () => false,
    );
    return Promise.race([answer, silence]).finally(() => clearTimeout(timer));
  }
}
