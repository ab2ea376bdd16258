/**
 * A page of 50 records by author and collection over WebSocket, at ten thousand records and at a million: an index
 * that fits the question makes the two nearly the same.
 */
import { bootArchive, seedRecords } from '@holdfast/testing';
import { below, percentile, step, type Report } from '../report/report.js';
import { askAll } from './asker.js';

const small = 10_000;
const large = 1_000_000;
const queryCount = 3_000;
const warmUpCount = 500;
const limit = 50;

export async function benchQuery(): Promise<Report> {
  const atSmall = await measure(small);
  const atLarge = await measure(large);
  const figures = {
    queries: queryCount,
    msP50At10k: percentile(atSmall, 0.5),
    msP99At10k: percentile(atSmall, 0.99),
    msP50At1M: percentile(atLarge, 0.5),
    msP99At1M: percentile(atLarge, 0.99),
    growth: percentile(atLarge, 0.99) / percentile(atSmall, 0.99),
  };
  return { bench: 'query', figures, targets: [below(figures, 'growth', 5)] };
}

/** @returns sorted milliseconds a query */
async function measure(count: number): Promise<Float64Array> {
  const archive = await bootArchive({ postgres: 'embedded' });
  try {
    step(`filling the database with ${count.toLocaleString('en')} records`);
    const { authors, collections } = await seedRecords(archive.databaseUrl, count);
    const filterOf = (index: number) => ({
      // A stride that shares no factor with the number of authors visits all of them in no particular order.
      author: authors[(index * 7919) % authors.length]!,
      collection: collections[index % collections.length]!,
      limit,
    });
    step('asking');
    await askAll(
      archive.url,
      Array.from({ length: warmUpCount }, (_, index) => filterOf(index + queryCount)),
    );
    const durationsMs = await askAll(
      archive.url,
      Array.from({ length: queryCount }, (_, index) => filterOf(index)),
    );
    return Float64Array.from(durationsMs).sort();
  } finally {
    await archive.destroy();
  }
}
