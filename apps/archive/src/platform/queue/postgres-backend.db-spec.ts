import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@holdfast/testing';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openRoad } from '../../../test/road.js';
import { wipeQueue } from '../../../test/wiped-queue.js';
import { BullmqWakeQueue } from './bullmq-wake-queue.js';
import { PostgresBackend } from './postgres-backend.js';
import { jobNames } from './wake-queue.js';
import { wakeQueueContract } from './wake-queue.contract-spec.js';

describe('the wake queue on PostgreSQL', () => {
  wakeQueueContract(async (trouble) => {
    const database = await createTestDatabase();
    return {
      queue: new BullmqWakeQueue(new PostgresBackend(database.url), trouble),
      close: () => database.drop(),
    };
  });
});

describe('the wake queue on PostgreSQL, when its schema is dropped', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createTestDatabase()));
  afterAll(() => database.drop());

  it('makes it again while it runs, and wakes as before', async () => {
    const troubles: unknown[] = [];
    const queue = new BullmqWakeQueue(new PostgresBackend(database.url), (error) => troubles.push(error));
    const called = new Set<string>();
    queue.handle('expire-crates', async () => {});
    queue.handle('run-errand', async () => {});
    queue.handle('deliver-mailbox', async (subject) => void called.add(subject));
    await queue.start();
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    try {
      await wipeQueue(admin);
      // Each try is lost until the schema stands again.
      for (let i = 0; called.size === 0; i++) {
        await queue.wake('deliver-mailbox', `mailbox-${i}`, Date.now());
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(troubles.length).toBeGreaterThan(0);
    } finally {
      await admin.end();
      await queue.stop();
    }
  });
});

describe('the wake queue on PostgreSQL, when the server falls silent', () => {
  it('gives its connections up, and queues wakes on new ones', async () => {
    const database = await createTestDatabase();
    const road = await openRoad(database.url);
    const troubles: unknown[] = [];
    const queue = new BullmqWakeQueue(new PostgresBackend(road.url, { queryMsMax: 1_000 }), (error) =>
      troubles.push(error),
    );
    for (const job of jobNames) queue.handle(job, async () => {});
    await queue.start();
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    try {
      const tomorrow = Date.now() + 86_400_000;
      await queue.wake('deliver-mailbox', 'before', tomorrow);
      road.fallSilent();
      const queued = `select 1 from bullmq.job where name = 'deliver-mailbox'`;
      for (let i = 0; (await admin.query(queued)).rowCount! < 2; i++) {
        await queue.wake('deliver-mailbox', `mailbox-${i}`, tomorrow);
      }
      expect(troubles.length).toBeGreaterThan(0);
    } finally {
      await admin.end();
      await queue.stop();
      await road.close();
      await database.drop();
    }
  });
});

describe('the wake queue on PostgreSQL, when its user may not make the schema', () => {
  it('does not start, and says what to grant', async () => {
    const database = await createTestDatabase();
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    const role = `guest_${randomBytes(4).toString('hex')}`;
    try {
      await admin.query(`create role ${role} login password 'guest'`);
      const url = new URL(database.url);
      url.username = role;
      url.password = 'guest';
      const queue = new BullmqWakeQueue(new PostgresBackend(url.href), () => {});
      for (const job of jobNames) queue.handle(job, async () => {});
      await expect(queue.start()).rejects.toMatchObject({ code: 'database-unsuitable' });
      await queue.stop();
    } finally {
      await admin.query(`drop role if exists ${role}`);
      await admin.end();
      await database.drop();
    }
  });
});
