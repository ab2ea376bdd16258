/** The stream of an import: a bounded number of items in flight, an outcome for each, a summary at the end. */
import { HoldfastError } from '@holdfast/protocol/core';
import { limits } from '../limits.js';
import { isFinal } from '../pacing.js';
import type { StopSignal } from '../stopper.js';
import type {
  PublishItem,
  PublishManyOptions,
  PublishOutcome,
  PublishReceipt,
  PublishSummary,
} from './records-contract.js';

/**
 * @param publish publishes one item, and rejects when it is refused for good or the signal has aborted
 */
export async function publishMany(
  items: Iterable<PublishItem> | AsyncIterable<PublishItem>,
  { inFlight = limits.publishManyInFlight, onProgress }: PublishManyOptions,
  signal: StopSignal,
  publish: (item: PublishItem) => Promise<PublishReceipt>,
): Promise<PublishSummary> {
  const counts = { done: 0, stored: 0, known: 0, retracted: 0, refused: 0 };
  const refusals: PublishOutcome[] = [];
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  const publishOne = async (item: PublishItem, index: number): Promise<void> => {
    const outcome = await outcomeOf(publish(item), index);
    if (outcome === undefined) return;
    counts.done++;
    counts[outcome.status]++;
    if (outcome.status === 'refused' && refusals.length < limits.refusalsListedMax) refusals.push(outcome);
    onProgress?.({ ...counts }, outcome);
  };

  let index = 0;
  for await (const item of items) {
    if (signal.aborted || failure !== undefined) break;
    const work: Promise<void> = publishOne(item, index++)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => running.delete(work));
    running.add(work);
    if (running.size >= inFlight) await Promise.race(running);
  }
  await Promise.all(running);
  if (failure !== undefined) throw failure.error;
  return { ...counts, refusals };
}

/** Undefined when the item was given up because the caller, or the client, ended. */
async function outcomeOf(
  publishing: Promise<PublishReceipt>,
  index: number,
): Promise<PublishOutcome | undefined> {
  try {
    const { id, status } = await publishing;
    return { index, id, status };
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError)) throw thrown;
    if (thrown.code === 'aborted' || thrown.code === 'closed') return undefined;
    // Not this item is at fault but the client: it has no identity, or its storage fails.
    if (!isFinal(thrown) || thrown.code === 'not-authorised') throw thrown;
    return { index, status: 'refused', code: thrown.code, detail: thrown.message };
  }
}
