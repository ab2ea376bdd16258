import { createTestDatabase, type TestDatabase } from '@holdfast/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { applyMigrations } from './migration-runner.js';

const first = '20260101000000_first';
const second = '20260102000000_second';
const third = '20260103000000_third';

describe('applyMigrations', () => {
  let database: TestDatabase;
  let folder: string;
  let clients: pg.Client[];

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'holdfast-migrations-'));
    clients = [];
    write(first, 'create table kelp (id integer primary key)');
    write(second, 'insert into kelp values (1); insert into kelp values (2)');
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, sql: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  };

  const connect = async () => {
    const client = new pg.Client({ connectionString: database.url });
    clients.push(client);
    await client.connect();
    return client;
  };

  const kelp = async (client: pg.Client) => (await client.query('select id from kelp order by id')).rows;

  it('applies each migration once, in the order of their names, and says which', async () => {
    const client = await connect();
    expect(await applyMigrations(client, folder)).toEqual([first, second]);
    expect(await applyMigrations(client, folder)).toEqual([]);
    expect(await kelp(client)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('applies each migration once when eight archives start at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, connect));
    const applied = await Promise.all(all.map((client) => applyMigrations(client, folder)));
    expect(applied.flat().sort()).toEqual([first, second]);
    expect(await kelp(all[0]!)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it.each([
    [
      'has a table of that name of another program',
      'create table migration (id integer)',
      /of another program/,
    ],
    ['is read-only', 'set default_transaction_read_only = on', /is read-only/],
    [
      'lets the user make no tables',
      `do $$ begin
         if not exists (select from pg_roles where rolname = 'weak') then create role weak; end if;
       end $$; set role weak`,
      /may not make or read tables/,
    ],
  ])('says in one sentence what to do about a database that %s', async (_case, sql, sentence) => {
    const client = await connect();
    await client.query(sql);
    await expect(applyMigrations(client, folder)).rejects.toMatchObject({
      code: 'database-unsuitable',
      message: expect.stringMatching(sentence),
    });
  });

  it('keeps nothing of a migration that fails, and all of those before it', async () => {
    write(
      third,
      'insert into kelp values (3); create table limpet (id integer); insert into kelp values (3)',
    );
    const client = await connect();
    await expect(applyMigrations(client, folder)).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringContaining(third),
    });
    expect(await kelp(client)).toEqual([{ id: 1 }, { id: 2 }]);
    expect((await client.query("select to_regclass('limpet') as found")).rows).toEqual([{ found: null }]);
    expect((await client.query('select name from migration order by name')).rows).toEqual([
      { name: first },
      { name: second },
    ]);

    write(third, 'insert into kelp values (3)');
    expect(await applyMigrations(client, folder)).toEqual([third]);
  });

  it('refuses a database that had another text under the same name', async () => {
    const client = await connect();
    await applyMigrations(client, folder);
    write(second, 'insert into kelp values (7)');
    await expect(applyMigrations(client, folder)).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringContaining(`${second} was changed`),
    });
  });

  it('refuses a database that a newer version has migrated', async () => {
    const client = await connect();
    write(third, 'insert into kelp values (3)');
    await applyMigrations(client, folder);
    rmSync(join(folder, third), { recursive: true });
    await expect(applyMigrations(client, folder)).rejects.toMatchObject({
      code: 'migration-failed',
      message: expect.stringContaining('newer Holdfast'),
    });
  });

  it('refuses a migration that is older than one the database has had', async () => {
    const client = await connect();
    await applyMigrations(client, folder);
    write('20251231000000_late', 'insert into kelp values (9)');
    await expect(applyMigrations(client, folder)).rejects.toMatchObject({ code: 'migration-failed' });
    expect(await kelp(client)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('gives its lock back, also after a failure', async () => {
    write(third, 'not sql');
    const client = await connect();
    await expect(applyMigrations(client, folder)).rejects.toMatchObject({ code: 'migration-failed' });
    // Other tests' databases are in the same cluster.
    const held = await client.query(
      "select 1 from pg_locks join pg_database on oid = database where locktype = 'advisory' and datname = current_database()",
    );
    expect(held.rowCount).toBe(0);
  });
});
