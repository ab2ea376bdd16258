import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient, memoryStorage } from '../index.js';
import { Coast, idOf } from '../../test/coast.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

const draft = (body: number) => ({ collection: 'numbers', body });

describe('publishing', () => {
  it('refuses for good what the archive refuses for good, and forgets it', async () => {
    const [archive] = coast.archives(1);
    archive.handlers.publish = ({ n }, say) =>
      say({ op: 'error', n, code: 'record-from-future', detail: 'Too new.', retryable: false });
    const storage = memoryStorage();
    const { client } = await coast.client([archive], { storage });
    await expect(client.publish(draft(1))).rejects.toMatchObject({ code: 'record-from-future' });
    expect(await storage.list('outbox/')).toEqual([]);
    await expect(client.publish({ collection: 'No', body: 1 })).rejects.toMatchObject({
      code: 'record-payload-invalid',
    });
    await expect(client.publishSigned('rubbish')).rejects.toMatchObject({ code: 'record-malformed' });
  });

  it('goes to another archive when one cannot take a record', async () => {
    const archives = coast.archives(2);
    archives[0].handlers.publish = ({ n }, say) =>
      say({ op: 'error', n, code: 'overloaded', detail: 'Later.', retryable: true });
    const { client } = await coast.client(archives);
    expect(await client.publish(draft(1))).toMatchObject({ archive: archives[1].id });
  });

  it('does not believe an archive that confirms another record', async () => {
    const archives = coast.archives(2);
    archives[0].handlers.publish = ({ n }, say) => say({ op: 'published', n, id: idOf(7), status: 'stored' });
    const { client } = await coast.client(archives);
    expect(await client.publish(draft(1))).toMatchObject({ archive: archives[1].id });
  });

  it('needs an identity', async () => {
    const client = createClient({ archives: ['http://archive.test'], storage: memoryStorage() });
    await expect(client.publish(draft(1))).rejects.toMatchObject({ code: 'not-authorised' });
    await expect(client.publishMany([draft(1)])).rejects.toMatchObject({ code: 'not-authorised' });
    await client.close();
  });

  it('ends an import when the caller gives up, and when the source fails', async () => {
    const [archive] = coast.archives(1);
    const { client } = await coast.client([archive]);
    const leaving = new AbortController();
    async function* endless(): AsyncGenerator<ReturnType<typeof draft>> {
      for (let n = 0; ; n++) {
        if (n === 50) leaving.abort();
        yield draft(n);
      }
    }
    await expect(client.publishMany(endless(), { signal: leaving.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    archive.isDown = true;
    archive.hangUp();
    const waiting = new AbortController();
    const published = client.publishMany([1, 2, 3].map(draft), { signal: waiting.signal });
    await coast.until(() => client.archives[0]!.state.name === 'waiting');
    waiting.abort();
    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    archive.isDown = false;
    async function* broken(): AsyncGenerator<ReturnType<typeof draft>> {
      yield draft(1);
      throw new Error('the disk is gone');
    }
    await expect(client.publishMany(broken())).rejects.toThrow('the disk is gone');
  });
});
