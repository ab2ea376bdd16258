/**
 * Brings a database to the version of this program: applies prisma/migrations/<time>_<name>/migration.sql in the
 * order of their names, each in one transaction together with the row that says so, under an advisory lock, so
 * that archives which start at once apply each migration once. Written by ourselves because `prisma migrate` needs
 * an engine binary that npm does not carry. What cannot run inside a transaction (create index concurrently)
 * cannot be a migration.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '@holdfast/protocol';
import type { ClientBase } from 'pg';
import { archiveLimits } from '../../limits.js';

/** The same path from src and from dist, in the repository and in the container image. */
export const migrationsFolder = fileURLToPath(new URL('../../../../../prisma/migrations', import.meta.url));

/** Any number does, as long as every version of Holdfast uses this one: the bytes of "holdfast". */
const lockKey = 0x686f6c6466617374n;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * @param client a connection of its own: the lock belongs to the session
 * @returns the names of the migrations that were applied now
 * @throws HoldfastError `database-unsuitable`; `migration-failed`: the database is then as it was before the failing migration
 */
export async function applyMigrations(client: ClientBase, folder = migrationsFolder): Promise<string[]> {
  const migrations = readMigrations(folder);
  await client.query(`set lock_timeout = ${archiveLimits.migrationLockMsMax}`);
  await client.query('select pg_advisory_lock($1)', [lockKey.toString()]).catch((cause: unknown) => {
    throw failed('another archive has been migrating this database for too long', cause);
  });
  try {
    await client.query('reset lock_timeout');
    const applied = await readApplied(client).catch((cause: unknown) => {
      throw explainUnsuitable(cause);
    });
    checkHistory(applied, migrations);
    const due = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of due) await apply(client, migration);
    return due.map(({ name }) => name);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [lockKey.toString()]).catch(() => undefined);
  }
}

function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names
    .map(({ name }) => {
      const sql = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Name and checksum of what the database has had. */
async function readApplied(client: ClientBase): Promise<Map<string, string>> {
  await client.query(
    `create table if not exists migration (
       name text primary key, checksum text not null, applied_at timestamptz not null default now())`,
  );
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from migration',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

const unsuitable: Readonly<Record<string, string>> = {
  '42501':
    'The user that DATABASE_URL names may not make or read tables in this database: make it the owner of the database.',
  '3F000': 'The database that DATABASE_URL names has no schema to make tables in: create the schema public.',
  '42703':
    'The database that DATABASE_URL names has a table "migration" of another program: give Holdfast a database of its own.',
  '25006':
    'The database that DATABASE_URL names is read-only: name the server, and a user, that may write to it.',
};

function explainUnsuitable(cause: unknown): unknown {
  const sentence = unsuitable[(cause as { code?: string }).code ?? ''];
  return sentence === undefined ? cause : new HoldfastError('database-unsuitable', sentence, {}, { cause });
}

function checkHistory(applied: Map<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const [name, checksum] of applied) {
    if (!known.has(name)) {
      throw failed(
        `it has had the migration ${name}, which a newer Holdfast made: start that version, or a newer one`,
      );
    }
    if (known.get(name) !== checksum) {
      throw failed(
        `the migration ${name} was changed after this database had it: restore that file as it was`,
      );
    }
  }
  const last = [...applied.keys()].sort().at(-1) ?? '';
  const skipped = migrations.find(({ name }) => !applied.has(name) && name < last);
  if (skipped)
    throw failed(`the migration ${skipped.name} is older than ${last}, which this database has had already`);
}

async function apply(client: ClientBase, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into migration (name, checksum) values ($1, $2)', [name, checksum]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch(() => undefined);
    throw failed(
      `the migration ${name} did not apply (${(cause as Error).message}); nothing of it was kept`,
      cause,
    );
  }
}

function failed(reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'migration-failed',
    `The database cannot be brought to this version: ${reason}.`,
    {},
    { cause },
  );
}
