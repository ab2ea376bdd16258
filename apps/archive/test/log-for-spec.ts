/** The writing end of the log, on a database of its own. */
import { RecordLog } from '../src/records/ingest/record-log.js';
import { openSpecDatabase, type SpecDatabase } from './database-for-spec.js';

export interface SpecLog {
  readonly db: SpecDatabase;
  readonly log: RecordLog;
  close(): Promise<void>;
}

export async function openSpecLog(): Promise<SpecLog> {
  const db = await openSpecDatabase();
  const log = new RecordLog(db.database.pipeline);
  return {
    db,
    log,
    close: async () => {
      log.close();
      await db.drop();
    },
  };
}
