/**
 * How long an answer takes, by the archive that relays to whoever is asked: smoothed round trip and its variation, as
 * TCP keeps them (RFC 6298, Jacobson 1988). A late answer is measured as well, else a path that has become slower would
 * never be waited for again.
 */
import type { DhtSettings } from '../limits.js';
import { dhtLimits } from '../limits.js';

interface RoundTrip {
  smoothedMs: number;
  variationMs: number;
}

export class RoundTrips {
  readonly #byArchive = new Map<string, RoundTrip>();

  constructor(private readonly settings: DhtSettings) {}

  /** @param archive of the contact that has answered */
  measured(archive: string, rttMs: number): void {
    const known = this.#byArchive.get(archive);
    if (known === undefined) {
      this.#makeRoom();
      this.#byArchive.set(archive, { smoothedMs: rttMs, variationMs: rttMs / 2 });
      return;
    }
    known.variationMs += (Math.abs(rttMs - known.smoothedMs) - known.variationMs) / 4;
    known.smoothedMs += (rttMs - known.smoothedMs) / 8;
  }

  /** What is to be waited for a contact of this archive. */
  timeoutMs(archive: string): number {
    const known = this.#byArchive.get(archive);
    const { timeoutMinMs, timeoutMaxMs, timeoutFirstMs } = this.settings;
    if (known === undefined) return Math.min(timeoutMaxMs, Math.max(timeoutMinMs, timeoutFirstMs));
    return Math.min(timeoutMaxMs, Math.max(timeoutMinMs, known.smoothedMs + 4 * known.variationMs));
  }

  #makeRoom(): void {
    if (this.#byArchive.size < dhtLimits.roundTripsMax) return;
    for (const oldest of this.#byArchive.keys()) {
      this.#byArchive.delete(oldest);
      return;
    }
  }
}
