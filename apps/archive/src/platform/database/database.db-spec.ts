import { createTestDatabase, type TestDatabase } from '@holdfast/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { ArchiveIdentity } from '../archive-identity/archive-identity.js';
import { archiveLimits } from '../../limits.js';
import { createLog } from '../logging/log.js';
import { Database } from './database.js';
import { PrismaService } from './prisma.service.js';

const log = createLog({ level: 'silent', destination: { write: () => undefined } });

describe('Database', () => {
  let test: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    test = await createTestDatabase();
    database = await Database.connect(test.url, log);
  });

  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  it('replaces a connection that was broken off', async () => {
    const client = await database.pool.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    await expect(client.query('select 1')).rejects.toThrow();
    client.release(true);
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('gives up on a query that is not answered in time', async () => {
    const hasty = await Database.connect(test.url, log, { databaseQueryMsMax: 50 });
    await expect(hasty.query('select pg_sleep(20)')).rejects.toThrow('Query read timeout');
    await hasty.close();
  });

  it('is there also while every connection is in use', async () => {
    const busy = Array.from({ length: archiveLimits.databaseConnectionsMax }, () => database.pool.connect());
    const clients = await Promise.all(busy);
    expect(await database.isThere()).toBe(true);
    for (const client of clients) client.release();
  });

  it('shares its pool with Prisma', async () => {
    const prisma = new PrismaService(database);
    const before = database.pool.totalCount;
    await prisma.archiveKey.findMany();
    expect(database.pool.totalCount).toBeLessThanOrEqual(Math.max(before, 1));
    await prisma.$disconnect();
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('gives one key to archives that ask for the first time at once, and the same one ever after', async () => {
    const prisma = new PrismaService(database);
    const identities = await Promise.all(Array.from({ length: 5 }, () => ArchiveIdentity.load(prisma)));
    expect(new Set(identities.map(({ id }) => id)).size).toBe(1);
    expect(await prisma.archiveKey.count()).toBe(1);
    expect((await ArchiveIdentity.load(prisma)).id).toBe(identities[0]!.id);
  });
});

describe('Database.close', () => {
  it('ends when the server knows of no connection any more', async () => {
    const test = await createTestDatabase();
    const database = await Database.connect(test.url, log);
    const admin = new pg.Client({ connectionString: process.env['HOLDFAST_TEST_DATABASE_URL'] });
    await admin.connect();
    const connections = Array.from({ length: archiveLimits.databaseConnectionsMax });
    await Promise.all(connections.map(() => database.query('select 1')));
    expect(await database.isThere()).toBe(true);
    await database.close();
    // The server's own processes look into databases, too.
    const { rows } = await admin.query(
      `select state, query from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [new URL(test.url).pathname.slice(1)],
    );
    await admin.end();
    await test.drop();
    expect(rows).toEqual([]);
  });
});

describe('Database.connect', () => {
  const cluster = () => new URL(process.env['HOLDFAST_TEST_DATABASE_URL']!);
  const changed = (change: (url: URL) => void) => {
    const url = cluster();
    change(url);
    return url.href;
  };

  it.each([
    [
      'a host that does not exist',
      'database-unreachable',
      /^There is no host nowhere\.invalid: .* DATABASE_URL\.$/,
      () => changed((url) => (url.hostname = 'nowhere.invalid')),
    ],
    [
      'a port where nothing listens',
      'database-unreachable',
      /^No PostgreSQL answers at 127\.0\.0\.1:1: .* DATABASE_URL\.$/,
      () => changed((url) => (url.port = '1')),
    ],
    [
      'a wrong password',
      'database-unsuitable',
      /does not let holdfast in: .* DATABASE_URL\.$/,
      () => changed((url) => (url.password = 'guess')),
    ],
    [
      'a database that does not exist',
      'database-unsuitable',
      /^There is no database nothing at .* DATABASE_URL\.$/,
      () => changed((url) => (url.pathname = '/nothing')),
    ],
  ] as const)('says in one sentence what to do about %s', async (_case, code, sentence, url) => {
    await expect(Database.connect(url(), log)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence),
    });
  });

  it('refuses a database that is not encoded as UTF8', async () => {
    const admin = new pg.Client({ connectionString: cluster().href });
    await admin.connect();
    try {
      await admin.query(
        "create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0",
      );
      await expect(
        Database.connect(
          changed((url) => (url.pathname = '/latin')),
          log,
        ),
      ).rejects.toMatchObject({
        code: 'database-unsuitable',
        message: expect.stringContaining('LATIN1'),
      });
    } finally {
      await admin.query('drop database if exists latin');
      await admin.end();
    }
  });
});
