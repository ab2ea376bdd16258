/**
 * Databases for tests, in the one cluster that the test run has started (HOLDFAST_TEST_DATABASE_URL, see
 * tools/test.mjs). Every caller gets a database of its own, so that test files can run beside each other.
 */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** An empty database; apply the migrations yourself, or let a booted archive do it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const cluster = process.env['HOLDFAST_TEST_DATABASE_URL'];
  if (cluster === undefined) {
    throw new Error(
      'HOLDFAST_TEST_DATABASE_URL is not set: run the tests with `npm test` or jest.config.mjs.',
    );
  }
  const name = `holdfast_test_${randomBytes(6).toString('hex')}`;
  await administer(cluster, `create database ${name} encoding 'UTF8' template template0`);
  const url = new URL(cluster);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(cluster, `drop database if exists ${name} with (force)`) };
}

async function administer(cluster: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: cluster });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
