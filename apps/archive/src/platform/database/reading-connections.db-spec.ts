import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSpecDatabase, type SpecDatabase } from '../../../test/database-for-spec.js';
import { ReadingConnections } from './reading-connections.js';

describe('connections that are read on', () => {
  let spec: SpecDatabase;

  beforeAll(async () => {
    spec = await openSpecDatabase();
  });

  afterAll(() => spec.drop());

  it('are replaced when one has not answered in time', async () => {
    const readers = new ReadingConnections(spec.database.pool, 1, { answerMsMax: 3_000 });
    const silent = readers.query({ text: 'select pg_sleep(4)' });
    await expect(silent).rejects.toThrow('Query read timeout');
    expect(await readers.query({ text: 'select 1 as one' })).toEqual([{ one: 1 }]);
    readers.close();
  });

  it('serve those who wait in their order, and pass over whoever has given up', async () => {
    const readers = new ReadingConnections(spec.database.pool, 1, { waitingMax: 2 });
    const holder = await spec.database.pool.connect();
    await holder.query('select pg_advisory_lock(1)');
    const first = readers.query({ text: 'select pg_advisory_lock(1)' });
    const impatient = new AbortController();
    const second = readers.query({ text: 'create table never ()' }, impatient.signal);
    const third = readers.query({ text: `select to_regclass('never') as never` });
    await expect(readers.query({ text: 'select 1' })).rejects.toMatchObject({ code: 'overloaded' });
    impatient.abort();
    await holder.query('select pg_advisory_unlock(1)');
    holder.release();
    await first;
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    expect(await third).toEqual([{ never: null }]);
    readers.close();
  });

  it('are kept when a statement was refused', async () => {
    const readers = new ReadingConnections(spec.database.pool, 1);
    const pid = () => readers.query({ text: 'select pg_backend_pid() as pid' });
    const before = await pid();
    await expect(readers.query({ text: 'select 1 / 0' })).rejects.toMatchObject({ code: '22012' });
    expect(await pid()).toEqual(before);
    readers.close();
  });
});
