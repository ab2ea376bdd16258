/** How long ordinary questions take, asked one after the other: by key, by list, by words, by time. */
import type { Client } from '@holdfast/client';
import type { HoldfastRecord, QueryFilter } from '@holdfast/protocol';

const questionsMax = 200;

/** @returns milliseconds of each question */
export async function querySample(client: Client, author: string): Promise<Float64Array> {
  const { records } = await client.query({ author, collection: 'mail', limit: 100 });
  const times: number[] = [];
  for (let i = 0; i < questionsMax; i++) {
    const startedAt = performance.now();
    await client.query(question(i, author, records[i % records.length]!));
    times.push(performance.now() - startedAt);
  }
  return Float64Array.from(times).sort();
}

function question(number: number, author: string, mail: HoldfastRecord): QueryFilter {
  const scope = { author, collection: 'mail' };
  const topic = mail.topics?.[0];
  switch (number % 4) {
    case 0:
      return mail.key === undefined ? { ...scope, limit: 20 } : { ...scope, key: mail.key };
    case 1:
      return topic === undefined ? { ...scope, limit: 20 } : { topic, limit: 20 };
    case 2:
      return {
        collection: 'mail',
        q: ['kernel', 'linux -windows', '"mailing list"'][number % 3]!,
        limit: 20,
      };
    default:
      return { ...scope, until: mail.iat, limit: 20 };
  }
}
