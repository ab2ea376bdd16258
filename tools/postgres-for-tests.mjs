/**
 * One PostgreSQL cluster for a test run, thrown away after it. As jest's globalSetup it starts one unless the run
 * has one already (HOLDFAST_TEST_DATABASE_URL), so that a single test file can be run by jest alone.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const variable = 'HOLDFAST_TEST_DATABASE_URL';

/** @returns {Promise<() => Promise<void>>} what stops the cluster and removes its data */
export async function startPostgresForTests() {
  const { EmbeddedPostgres } = await import('../apps/archive/dist/platform/postgres/embedded-postgres.js');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tests-'));
  chmodSync(folder, 0o755);
  const cluster = await EmbeddedPostgres.open({
    folder,
    log: () => {},
    // Up to seven archives share the cluster at a time, with some thirty connections each, and suites. Nothing outlives
    // the run, so only tests that kill a database need fsync, and those bring a database of their own.
    settings: { max_connections: '400', fsync: 'off' },
  });
  process.env[variable] = cluster.url;
  return async () => {
    delete process.env[variable];
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

export default async function globalSetup() {
  if (process.env[variable] === undefined) globalThis.stopPostgresForTests = await startPostgresForTests();
}
