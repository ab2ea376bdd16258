import { afterEach, describe, expect, it } from '@jest/globals';
import { verifyRecord } from '@holdfast/protocol';
import { Coast } from '../../test/coast.js';
import { limits } from '../limits.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

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
});
