/** One person publishes, another follows: how long until each record arrives, and whether any arrives twice. */
import { once } from 'node:events';
import { EventEmitter } from 'node:events';
import type { Client } from '@holdfast/client';

const recordsMax = 200;

export interface FollowedLive {
  /** Milliseconds from the call that published to the record's arrival, sorted. */
  readonly latencies: Float64Array;
  readonly ids: ReadonlySet<string>;
  readonly repeated: number;
}

export async function followLive(writer: Client, reader: Client): Promise<FollowedLive> {
  const events = new EventEmitter();
  const ended = new AbortController();
  const publishedAt = new Map<number, number>();
  const latencies: number[] = [];
  const seen = new Set<string>();
  let repeated = 0;
  const records = reader.follow(
    { author: writer.author!, collection: 'live' },
    { signal: ended.signal, from: 'now', onCaughtUp: () => events.emit('caught up') },
  );
  const caughtUp = once(events, 'caught up');
  const reading = (async () => {
    for await (const { id, body } of records) {
      if (seen.has(id)) repeated++;
      else latencies.push(performance.now() - publishedAt.get(body as number)!);
      seen.add(id);
      if (seen.size === recordsMax) return;
    }
  })();
  await caughtUp;
  for (let number = 0; number < recordsMax; number++) {
    publishedAt.set(number, performance.now());
    await writer.publish({ collection: 'live', body: number });
  }
  await reading;
  ended.abort();
  return { latencies: Float64Array.from(latencies).sort(), ids: seen, repeated };
}
