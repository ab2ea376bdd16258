/**
 * The time from which the archive claims to be complete for its scope (spec/gossip.md, "Scope and horizon"): since it
 * was made, or since an archive it trusts claims to be that it has been the same with, and not before its scope begins.
 * Looked up now and then and not for everybody who asks; while the database is away, what was known is said.
 */
import { archiveLimits } from '../../limits.js';
import type { Database } from '../database/database.js';

export class Horizon {
  private known: number | undefined;
  private looking: Promise<void> | undefined;
  private freshUntilMs = 0;
  private ofPeers: () => Promise<number | undefined> = async () => undefined;

  /** @param since of the scope */
  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly since: number | undefined,
  ) {}

  /** Who knows of trusted archives says which of their horizons holds here too. */
  ask(ofPeers: () => Promise<number | undefined>): void {
    this.ofPeers = ofPeers;
  }

  /** NumericDate, seconds; undefined as long as the database has not answered. */
  async at(nowMs: number): Promise<number | undefined> {
    if (nowMs >= this.freshUntilMs) {
      this.looking ??= this.look(nowMs).finally(() => (this.looking = undefined));
      if (this.known === undefined) await this.looking;
    }
    return this.known;
  }

  /** The same without waiting: what was known a moment ago. */
  lastKnown(nowMs: number): number | undefined {
    void this.at(nowMs);
    return this.known;
  }

  private async look(nowMs: number): Promise<void> {
    try {
      const [{ rows }, ofPeers] = await Promise.all([
        this.database.query<{ made: string | null }>(
          'select floor(extract(epoch from min(created_at)))::bigint as made from archive_key',
        ),
        this.ofPeers(),
      ]);
      const made = Number(rows[0]?.made ?? Math.floor(nowMs / 1000));
      this.known = Math.max(Math.min(made, ofPeers ?? made), this.since ?? 0);
    } catch {
      // Health says that the database is away; this can wait.
    }
    this.freshUntilMs = nowMs + archiveLimits.horizonFreshMs;
  }
}
