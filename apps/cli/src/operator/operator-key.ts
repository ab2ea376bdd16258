/**
 * The key by which the operator's commands prove themselves to the running archive: the archive's own first key, read
 * from its database, which nobody but the operator can do. It is held for one command and written nowhere.
 */
import { HoldfastError, signingKeyFromJwk, type PrivateJwk, type SigningKey } from '@holdfast/protocol';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { readLocalSettings, type LocalSettings } from '../doctor/local-settings.js';
import { cliLimits } from '../limits.js';

/** @throws HoldfastError `settings-invalid`, `database-unreachable`, one sentence that says what to do */
export async function readOperatorKey(environment: NodeJS.ProcessEnv): Promise<SigningKey> {
  const settings = readLocalSettings(environment);
  if (typeof settings === 'string') throw new HoldfastError('settings-invalid', settings);
  const client = new Client({
    connectionString: settings.databaseUrl ?? embeddedUrl(settings),
    connectionTimeoutMillis: cliLimits.doctorAnswerMsMax,
    query_timeout: cliLimits.doctorAnswerMsMax,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ private_jwk: PrivateJwk }>(
      'select private_jwk from archive_key where endorsement is null order by created_at limit 1',
    );
    if (rows.length === 0) throw unreachable('no archive has been started on this database yet');
    return await signingKeyFromJwk(rows[0]!.private_jwk);
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    // Messages of the driver name hosts and users, and no passwords.
    const { message, code } = error as NodeJS.ErrnoException;
    throw unreachable(message || String(code), error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Where the archive's own PostgreSQL listens, while it runs. */
function embeddedUrl({ dataFolder }: LocalSettings): string {
  const [passwordFile, lockFile] = [
    join(dataFolder, 'postgres.password'),
    join(dataFolder, 'postgres', 'postmaster.pid'),
  ];
  if (!existsSync(lockFile)) throw unreachable(`no archive runs on the data in ${dataFolder}`);
  try {
    const password = readFileSync(passwordFile, 'utf8').trim();
    const port = readFileSync(lockFile, 'utf8').split('\n')[3]!.trim();
    return `postgresql://holdfast:${password}@127.0.0.1:${port}/holdfast`;
  } catch (error) {
    throw unreachable(`${dataFolder} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

const unreachable = (reason: string, cause?: unknown): HoldfastError =>
  new HoldfastError(
    'database-unreachable',
    `The archive's key cannot be read: ${reason}. Run this where the archive runs, while it runs, with its DATABASE_URL or HOLDFAST_DATA.`,
    {},
    { cause },
  );
