/**
 * What crossed the network, as somebody sees it who listens to every line: how often each body reached each archive, and
 * how much was said in all.
 */
import type { Frame } from '../network/connection.js';

interface Arrivals {
  count: number;
  /** Once at least with a page of a snapshot, which nobody can ask for in part. */
  isInPage: boolean;
}

export class Transfers {
  readonly #arrivals = new Map<string, Map<string, Arrivals>>();
  frames = 0;
  bytes = 0;
  /** Bodies that arrived anywhere. */
  bodies = 0;

  /** For `World`'s `watch`. */
  readonly watch = (_from: string, to: string, frame: Frame): void => {
    this.frames++;
    this.bytes += frame.length;
    if (typeof frame !== 'string' || !frame.includes('"records":["')) return;
    let arrivals = this.#arrivals.get(to);
    if (arrivals === undefined) this.#arrivals.set(to, (arrivals = new Map()));
    const { records, isPage } = answerIn(frame);
    for (const record of records) {
      this.bodies++;
      const known = arrivals.get(record);
      if (known === undefined) arrivals.set(record, { count: 1, isInPage: isPage });
      else {
        known.count++;
        known.isInPage ||= isPage;
      }
    }
  };

  /** How many transfers there would have been if each body had reached each archive once. */
  needed(): number {
    return [...this.#arrivals.values()].reduce((sum, arrivals) => sum + arrivals.size, 0);
  }

  /** Transfers beyond the first of bodies that were asked for by their ids each time. */
  repeatedByName(): number {
    let repeated = 0;
    for (const arrivals of this.#arrivals.values()) {
      for (const { count, isInPage } of arrivals.values()) if (!isInPage) repeated += count - 1;
    }
    return repeated;
  }
}

function answerIn(frame: string): { records: string[]; isPage: boolean } {
  try {
    const { records, upTo } = JSON.parse(frame) as { records?: unknown; upTo?: unknown };
    const texts = Array.isArray(records) ? records.filter((record) => typeof record === 'string') : [];
    return { records: texts, isPage: upTo !== undefined };
  } catch {
    return { records: [], isPage: false };
  }
}
