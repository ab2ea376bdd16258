/**
 * Transactions that have crossed: one was chosen to give way (deadlock, serialisation), or both took in the same row
 * (unique violation). Nothing of it was committed, and the next try sees what the other one did.
 */
import { archiveLimits } from '../../limits.js';

const crossedCodes = new Set(['40P01', '40001', '23505']);

export async function retryingCrossed<Outcome>(run: () => Promise<Outcome>): Promise<Outcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (attempt === archiveLimits.crateCommitAttemptsMax || !crossedCodes.has(code)) throw error;
    }
  }
}
