import { createTestDatabase, type TestDatabase } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { readLiveSchema } from './live-schema.js';
import { applyMigrations, migrationsFolder } from './migration-runner.js';
import { readSchemaFile } from './schema-file.js';

const schemaFile = readFileSync(join(migrationsFolder, '..', 'schema.prisma'), 'utf8');

describe('the migrated database and prisma/schema.prisma', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await applyMigrations(client);
  });

  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it('have the same tables, columns, types, keys and indexes', async () => {
    const { migration: _ownTable, ...live } = await readLiveSchema(client);
    expect(live).toEqual(readSchemaFile(schemaFile));
  });

  it.each([
    ['a column more', 'alter table crate add column colour text'],
    ['a column less', 'alter table crate drop column proof'],
    ['another type', 'alter table crate alter column attempts type bigint'],
    ['a column that may be null', 'alter table record alter column collection drop not null'],
    ['a default less', 'alter table record alter column stored_at drop default'],
    ['an index more', 'create index surplus on record (collection)'],
    ['an index less', 'drop index record_by_topic'],
    [
      'an index with its columns in another order',
      'drop index record_by_time; create index record_by_time on record (iat, head, seq)',
    ],
    ['an index that is not unique any more', 'drop index record_id; create index record_id on record (id)'],
    [
      'another primary key',
      'alter table retraction drop constraint retraction_pkey, add primary key (author, target)',
    ],
    ['a table more', 'create table surplus (id text primary key)'],
  ])('are found to differ by %s', async (_difference, statement) => {
    await client.query('begin');
    try {
      await client.query(statement);
      const { migration: _ownTable, ...live } = await readLiveSchema(client);
      expect(live).not.toEqual(readSchemaFile(schemaFile));
    } finally {
      await client.query('rollback');
    }
  });

  it('refuses a word in the schema file that it does not know', () => {
    expect(() => readSchemaFile('model Odd {\n  at Shrubbery\n}\n')).toThrow('does not know');
    expect(() => readSchemaFile('model Odd {\n  id Int\n  @@fulltext([id])\n}\n')).toThrow('does not know');
  });
});
