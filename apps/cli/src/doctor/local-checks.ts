/** What can be seen on the archive's own machine: the program, its settings, its disk and its database. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { isArchiveBuilt } from '../archive-process.js';
import { cliLimits } from '../limits.js';
import { fail, ok, warn, type Finding } from './finding.js';
import type { LocalSettings } from './local-settings.js';

const migrationsFolder = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

export function checkProgram(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    return fail('program', `Node ${process.versions.node} is too old.`, 'Install Node 20.19 or newer.');
  }
  if (!isArchiveBuilt()) return fail('program', 'The archive has not been built.', 'Run "npm run build".');
  return ok('program', `Node ${process.versions.node}, the archive is built.`);
}

export async function checkDisk({ dataFolder, databaseUrl }: LocalSettings): Promise<Finding> {
  if (databaseUrl !== undefined) return ok('disk', "The data is on the database server's disk.");
  const folder = existingParent(dataFolder);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const detail = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free at ${folder}.`;
  const advice = 'Make room, or move the data folder to a larger disk and name it in HOLDFAST_DATA.';
  if (freeBytes < cliLimits.diskFreeBytesMin) return fail('disk', detail, advice);
  return freeBytes < cliLimits.diskFreeBytesWanted ? warn('disk', detail, advice) : ok('disk', detail);
}

export async function checkDatabase(settings: LocalSettings): Promise<readonly Finding[]> {
  return settings.databaseUrl === undefined
    ? [checkEmbeddedDatabase(settings.dataFolder)]
    : checkForeignDatabase(settings.databaseUrl);
}

/** The embedded database takes connections from its archive alone: what can be seen is whether it runs. */
function checkEmbeddedDatabase(dataFolder: string): Finding {
  const cluster = join(dataFolder, 'postgres');
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    return warn(
      'database',
      `There is no embedded database in ${dataFolder} yet.`,
      'The first "holdfast archive start" makes it; if there should be one, name its folder in HOLDFAST_DATA.',
    );
  }
  const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  const pid = existsSync(join(cluster, 'postmaster.pid'))
    ? Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n', 1)[0])
    : undefined;
  if (pid !== undefined && isAlive(pid)) return ok('database', `The embedded PostgreSQL ${version} runs.`);
  return fail(
    'database',
    `The embedded PostgreSQL ${version} does not run.`,
    'Start the archive with "holdfast archive start"; it recovers the database by itself.',
  );
}

async function checkForeignDatabase(databaseUrl: string): Promise<readonly Finding[]> {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: cliLimits.doctorAnswerMsMax,
    query_timeout: cliLimits.doctorAnswerMsMax,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ number: string; name: string }>(
      "select current_setting('server_version_num') as number, current_setting('server_version') as name",
    );
    const { number, name } = rows[0]!;
    if (Number(number) < 150_000) {
      return [fail('database', `It is PostgreSQL ${name}.`, 'Use PostgreSQL 15 or newer.')];
    }
    return [ok('database', `PostgreSQL ${name} answers.`), await checkMigrations(client)];
  } catch (error) {
    // Messages of the driver name hosts and users, and no passwords.
    const reason = (error as Error).message || String((error as NodeJS.ErrnoException).code);
    const advice = 'Check that it runs, and the user, password and database name in DATABASE_URL.';
    return [fail('database', `The database cannot be reached: ${reason}.`, advice)];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkMigrations(client: Client): Promise<Finding> {
  const known = readdirSync(migrationsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const { rows: tables } = await client.query<{ there: boolean }>(
    "select to_regclass('migration') is not null as there",
  );
  const { rows } = tables[0]!.there
    ? await client.query<{ name: string }>('select name from migration')
    : { rows: [] };
  const applied = new Set(rows.map(({ name }) => name));
  const newer = [...applied].filter((name) => !known.includes(name));
  if (newer.length > 0) {
    return fail(
      'migrations',
      `A newer Holdfast has used this database (${newer.join(', ')}).`,
      'Start that version.',
    );
  }
  const due = known.filter((name) => !applied.has(name));
  if (due.length > 0) {
    const advice = 'Start the archive: it applies them before it opens its doors.';
    return warn('migrations', `${due.length} of ${known.length} are not applied.`, advice);
  }
  return ok('migrations', `All ${known.length} are applied.`);
}

function existingParent(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingParent(dirname(folder));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
