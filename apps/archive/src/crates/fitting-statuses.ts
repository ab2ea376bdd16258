/**
 * What of many statuses has room in one frame (spec/doors.md, "status"): each keeps its state and its proof. Of the
 * crates that stand last, what is still to be done elsewhere is left out first, and the custody receipts after that.
 */
import { limits, type CrateStatus } from '@holdfast/protocol';

/** For everything in the frame that is not a status. */
const frameBytes = 256;
export const statusesBytesMax = limits.frameSizeBytesMax - frameBytes;

/** All of it is ASCII, so characters are bytes; one more for the comma. */
const bytesOf = (value: unknown): number => JSON.stringify(value).length + 1;

export function fittingStatuses(
  statuses: readonly CrateStatus[],
  bytesMax: number = statusesBytesMax,
): CrateStatus[] {
  const fitting = [...statuses];
  let over = statuses.reduce((sum, status) => sum + bytesOf(status), 0) - bytesMax;
  for (const member of ['errands', 'custody'] as const) {
    for (let i = fitting.length - 1; i >= 0 && over > 0; i--) {
      const { [member]: left, ...rest } = fitting[i]!;
      if (left === undefined) continue;
      over -= bytesOf(fitting[i]) - bytesOf(rest);
      fitting[i] = rest;
    }
  }
  return fitting;
}
