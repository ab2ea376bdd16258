/** A migrated database of its own for a spec that talks to PostgreSQL directly. */
import { createTestDatabase } from '@holdfast/testing';
import { Writable } from 'node:stream';
import { Database } from '../src/platform/database/database.js';
import { createLog } from '../src/platform/logging/log.js';

export const silentLog = createLog({
  level: 'silent',
  destination: new Writable({ write: (_chunk, _encoding, done) => done() }),
});

export interface SpecDatabase {
  readonly database: Database;
  readonly url: string;
  drop(): Promise<void>;
}

export async function openSpecDatabase(): Promise<SpecDatabase> {
  const { url, drop } = await createTestDatabase();
  const database = await Database.connect(url, silentLog);
  return {
    database,
    url,
    drop: async () => {
      await database.close();
      await drop();
    },
  };
}
