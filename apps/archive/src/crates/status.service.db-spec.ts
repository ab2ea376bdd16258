import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSpecDatabase, type SpecDatabase } from '../../test/database-for-spec.js';
import { archiveLimits } from '../limits.js';
import { ReadingConnections } from '../platform/database/reading-connections.js';
import { CrateRepository } from './crate.repository.js';
import { StatusService } from './status.service.js';

describe('StatusService', () => {
  let spec: SpecDatabase;
  let readers: ReadingConnections;
  beforeAll(async () => {
    spec = await openSpecDatabase();
    readers = new ReadingConnections(spec.database.pool, 1);
  });
  afterAll(async () => {
    readers.close();
    await spec.drop();
  });

  it('leaves the pool to others however many ask, and refuses those that would wait too long', async () => {
    const statuses = new StatusService(new CrateRepository(spec.database), readers);
    const id = 'A'.repeat(43);
    const asked = archiveLimits.queriesWaitingMax + 10;
    const outcomes = Promise.allSettled(Array.from({ length: asked }, () => statuses.statuses([id])));
    await spec.database.query('select 1');
    expect(spec.database.pool.waitingCount).toBe(0);
    const refused = (await outcomes).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(9);
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } });
  });
});
