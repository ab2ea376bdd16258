import { afterEach, describe, expect, it } from '@jest/globals';
import { HoldfastError, verifyRecord, type HoldfastRecord } from '@holdfast/protocol';
import { Coast, newAuthor, numbered } from '../../test/coast.js';
import { systemClock } from '../clock.js';
import { memoryStorage } from '../index.js';
import { limits } from '../limits.js';
import type { Archives } from '../link/archives.js';
import { outboxPrefix, RecordOutbox } from './record-outbox.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** An outbox none of whose archives ever opens. */
function offline(): RecordOutbox {
  const archives: Pick<Archives, 'whenOpen' | 'onChange' | 'onAway' | 'onOpen' | 'closedForGood'> = {
    whenOpen: () => new Promise(() => undefined),
    onChange: () => () => undefined,
    onAway: () => () => undefined,
    onOpen: () => () => undefined,
    closedForGood: () => undefined,
  };
  const report = (): void => undefined;
  return new RecordOutbox({
    storage: memoryStorage(),
    archives: archives as Archives,
    clock: systemClock,
    report,
  });
}

const named = (id: string): HoldfastRecord => ({
  id,
  jws: `jws of ${id}`,
  author: 'alice',
  collection: 'notes',
  iat: 1,
  body: null,
});

describe('the outbox of records', () => {
  it('lets a record pass many others that the archive does not take yet', async () => {
    const [archive] = coast.archives(1);
    archive.handlers.publish = async ({ n, record }, say) => {
      const verified = await verifyRecord(record, Date.now() / 1000);
      if (!verified.ok) throw new Error(verified.detail);
      const { id, collection } = verified.value;
      if (collection === 'prompt') say({ op: 'published', n, id, status: 'stored' });
      else say({ op: 'error', n, code: 'quota-exceeded', detail: 'Full.', retryable: true });
    };
    const { client } = await coast.client([archive]);
    const leaving = new AbortController();
    const late = Array.from({ length: 2 * limits.outboxConcurrency }, (_, i) =>
      client.publish({ collection: 'late', body: i }, { signal: leaving.signal }).catch(() => undefined),
    );
    await client.tried();
    const receipt = client.publish({ collection: 'prompt', body: 0 });
    await expect(receipt).resolves.toMatchObject({ status: 'stored' });
    leaving.abort();
    await Promise.all(late);
  });

  it('takes no more than its bound, however many come at once', async () => {
    const outbox = offline();
    const added = await Promise.allSettled(
      Array.from({ length: limits.outboxEntriesMax + 2 }, (_, i) => outbox.add(named(String(i)))),
    );
    const refused = added.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => reason as unknown)).toEqual([
      expect.objectContaining({ code: 'outbox-full' }),
      expect.objectContaining({ code: 'outbox-full' }),
    ]);
  });

  it('delivers a record once that is added twice at once', async () => {
    const outbox = offline();
    const [one, other] = await Promise.all([outbox.add(named('a')), outbox.add(named('a'))]);
    expect(other.delivery).toBe(one.delivery);
  });

  it('has tried a record once the archive has answered, also while its entry is still being removed', async () => {
    const storage = memoryStorage();
    const [archive] = coast.archives(1);
    const { client } = await coast.client([archive], { storage });
    const write = storage.write.bind(storage);
    let letRemove = (): void => undefined;
    const removable = new Promise<void>((resolve) => (letRemove = resolve));
    storage.write = async (changes) => {
      if (changes.some(({ value }) => value === undefined)) await removable;
      return write(changes);
    };
    const record = await numbered(await newAuthor(), 1);
    const delivery = client.publishSigned(record.jws);
    await coast.until(() => archive.count('publish') === 1);
    await client.tried();
    letRemove();
    await expect(delivery).resolves.toMatchObject({ id: record.id });
  });

  it('is waited for no longer than an archive is known to be away, and again once that is back', async () => {
    const [archive] = coast.archives(1);
    archive.isDown = true;
    const [storage, record] = [memoryStorage(), await numbered(await newAuthor(), 1)];
    await storage.write([{ key: outboxPrefix + record.id, value: record.jws }]);
    const { client } = await coast.client([archive], { storage, patienceMs: 600_000 });
    await coast.until(() => client.archives[0]!.state.name === 'waiting');
    await client.tried();

    const order: string[] = [];
    const take = new Promise<void>((resolve) => {
      archive.handlers.publish = async ({ n }, say) => {
        resolve();
        await client.query({ limit: 1 });
        order.push('answered');
        say({ op: 'published', n, id: record.id, status: 'stored' });
      };
    });
    archive.isDown = false;
    await take;
    await client.tried().then(() => order.push('tried'));
    expect(order).toEqual(['answered', 'tried']);
  });

  it('does not count what could not be kept', async () => {
    const storage = memoryStorage();
    const [archive] = coast.archives(1);
    const { client } = await coast.client([archive], { storage });
    const write = storage.write.bind(storage);
    storage.write = () => Promise.reject(new HoldfastError('storage-failed', 'The disk is full.'));
    const record = await numbered(await newAuthor(), 1);
    await expect(client.publishSigned(record.jws)).rejects.toMatchObject({ code: 'storage-failed' });
    storage.write = write;
    await expect(client.publishSigned(record.jws)).resolves.toMatchObject({ id: record.id });
  });
});
