/**
 * Which ids are being fetched by which link of an archive: what one link is fetching, no other asks for, unless the first
 * fails or is slow. An id is claimed before it is looked up, so that whoever finds it missing is the one to fetch it.
 */
import { gossipLimits } from './limits.js';
import type { Life } from './life.js';

/** Whoever claims: one round of one link. */
export type Claimant = object;

interface Claim {
  claimant: Claimant;
  /** The body is here and is being stored: nothing is won by fetching it again, however long that takes. */
  isStoring: boolean;
  readonly waiting: Set<(isHeld: boolean) => void>;
}

export class Fetching {
  readonly #claims = new Map<string, Claim>();

  get size(): number {
    return this.#claims.size;
  }

  /**
   * @param takeOver also what somebody else is fetching: that link has had its time
   * @returns what is the claimant's to look up and fetch; the rest is being fetched by others
   */
  claim(ids: readonly string[], claimant: Claimant, takeOver: boolean): { mine: string[]; others: string[] } {
    const mine: string[] = [];
    const others: string[] = [];
    for (const id of ids) {
      const claim = this.#claims.get(id);
      if (claim === undefined) this.#claims.set(id, { claimant, isStoring: false, waiting: new Set() });
      else if (takeOver && !claim.isStoring) claim.claimant = claimant;
      else {
        others.push(id);
        continue;
      }
      mine.push(id);
    }
    return { mine, others };
  }

  /** The bodies have come, from whomever. */
  arrived(ids: Iterable<string>): void {
    for (const id of ids) {
      const claim = this.#claims.get(id);
      if (claim !== undefined) claim.isStoring = true;
    }
  }

  /** @param isHeld whether they are here now; else whoever waits fetches them itself */
  release(ids: Iterable<string>, claimant: Claimant, isHeld: boolean): void {
    for (const id of ids) {
      const claim = this.#claims.get(id);
      if (claim === undefined || (claim.claimant !== claimant && !isHeld)) continue;
      this.#claims.delete(id);
      for (const tell of claim.waiting) tell(isHeld);
    }
  }

  /**
   * Until others are done with the ids, have had long enough, or the link is over.
   * @returns those that are not here by that; never rejects
   */
  wait(ids: readonly string[], life: Life): Promise<{ rest: string[]; isPatienceOver: boolean }> {
    return new Promise((resolve) => {
      const rest: string[] = [];
      const open = new Map<string, (isHeld: boolean) => void>();
      const finish = (isPatienceOver: boolean): void => {
        takeBack();
        leave();
        for (const [id, tell] of open) this.#claims.get(id)?.waiting.delete(tell);
        resolve({ rest: [...rest, ...open.keys()], isPatienceOver });
      };
      const leave = life.onOver(() => finish(false));
      const takeBack = life.deadlines.after(gossipLimits.claimPatienceMs, () => finish(true));
      for (const id of ids) {
        const claim = this.#claims.get(id);
        if (claim === undefined) {
          rest.push(id);
          continue;
        }
        const tell = (isHeld: boolean): void => {
          open.delete(id);
          if (!isHeld) rest.push(id);
          if (open.size === 0) finish(false);
        };
        open.set(id, tell);
        claim.waiting.add(tell);
      }
      if (open.size === 0 || life.isOver) finish(false);
    });
  }
}
