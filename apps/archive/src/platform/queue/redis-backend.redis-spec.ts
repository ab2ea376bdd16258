import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type RedisProcess } from '@holdfast/testing';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { openRoad } from '../../../test/road.js';
import { BullmqWakeQueue } from './bullmq-wake-queue.js';
import { RedisBackend, type RedisBackendInit } from './redis-backend.js';
import { jobNames, type JobName, type WakeQueue } from './wake-queue.js';
import { wakeQueueContract } from './wake-queue.contract-spec.js';

const farMs = 3_600_000;
const newArchiveId = () => randomBytes(32).toString('base64url');

describe('the wake queue on a Redis that comes and goes', () => {
  let redis: RedisProcess;
  let queues: WakeQueue[];
  let troubles: unknown[];
  let calls: { job: JobName; subject: string }[];
  let onCall: () => Promise<void>;
  beforeEach(async () => {
    redis = await startRedis();
    queues = [];
    troubles = [];
    calls = [];
    onCall = async () => {};
  });
  afterEach(async () => {
    for (const queue of queues) await queue.stop();
    await redis.destroy();
  });

  const open = async (init: Partial<RedisBackendInit> = {}) => {
    const backend = new RedisBackend({
      url: redis.url,
      archiveId: newArchiveId(),
      onEviction: () => {},
      ...init,
    });
    const queue = new BullmqWakeQueue(backend, (error) => troubles.push(error), { checkMs: 50 });
    queues.push(queue);
    for (const job of jobNames) {
      queue.handle(job, async (subject) => {
        calls.push({ job, subject });
        await onCall();
      });
    }
    await queue.start();
    return queue;
  };
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const countOf = (wanted: string) => calls.filter(({ subject }) => subject === wanted).length;
  /** Asks for wakes until one has come through. */
  const wakeUntilCalled = async (queue: WakeQueue, name: string) => {
    for (let i = 0; !calls.some(({ subject }) => subject.startsWith(name)); i++) {
      await queue.wake('deliver-mailbox', `${name}-${i}`, Date.now());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('repeats and wakes again after everything in it was thrown away', async () => {
    const queue = await open();
    await queue.repeat('expire-crates', 30);
    await until(() => countOf('expire-crates') > 1);
    await redis.ask('FLUSHALL');
    const before = countOf('expire-crates');
    await wakeUntilCalled(queue, 'after');
    // One may have been on its way when the others went.
    await until(() => countOf('expire-crates') > before + 2);
  });

  it('asks again for a wake that went with the others, although it knew of one', async () => {
    const archiveId = newArchiveId();
    const queue = await open({ archiveId });
    await queue.repeat('expire-crates', farMs);
    const at = Date.now() + farMs;
    await queue.wake('deliver-mailbox', 'alice', at);
    await redis.ask('FLUSHALL');
    const waiting = () => redis.ask('ZCARD', `holdfast:{${archiveId}}:wakes:delayed`);
    // The next repetition is the other one.
    await until(async () => {
      await queue.wake('deliver-mailbox', 'alice', at);
      return (await waiting()) === 2;
    });
  });

  it.each([
    ['empty', false],
    ['with what it held', true],
  ])('repeats and wakes again after it was killed and came back %s', async (_how, persistent) => {
    await redis.destroy();
    redis = await startRedis({ persistent });
    const queue = await open();
    await queue.repeat('expire-crates', 30);
    await until(() => countOf('expire-crates') > 1);
    await redis.kill9();
    await until(() => troubles.length > 0);
    await queue.wake('deliver-mailbox', 'lost', Date.now());
    await redis.start();
    const before = countOf('expire-crates');
    await wakeUntilCalled(queue, 'after');
    await until(() => countOf('expire-crates') > before + 2);
    expect(countOf('lost')).toBe(0);
  });

  it('starts while it is away, tells of every wake that is lost, and wakes once it is there', async () => {
    await redis.kill9();
    const queue = await open();
    await queue.repeat('expire-crates', 30);
    const before = troubles.length;
    await queue.wake('deliver-mailbox', 'lost', Date.now());
    expect(troubles.length).toBeGreaterThan(before);
    await redis.start();
    await wakeUntilCalled(queue, 'after');
    await until(() => countOf('expire-crates') > 1);
  });

  it('starts and stops while it still loads what it holds', async () => {
    const loading = createServer((socket) => {
      socket.on('data', (chunk) => {
        const commands = String(chunk).split(/^(?=\*\d)/m);
        for (const command of commands) {
          const info = 'loading:1\r\nloading_eta_seconds:1\r\n';
          socket.write(/\binfo\b/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
        }
      });
      socket.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(loading, 'listening');
    const queue = await open({ url: `redis://127.0.0.1:${(loading.address() as AddressInfo).port}` });
    await queue.wake('deliver-mailbox', 'lost', Date.now());
    expect(troubles).toMatchObject([{ message: 'Redis has not been reached yet' }]);
    await queue.stop();
    loading.close();
  });

  it('stops while it is away, after the handlers that run', async () => {
    const queue = await open();
    let finish = () => {};
    let finished = false;
    onCall = () =>
      new Promise<void>((resolve) => (finish = resolve)).then(() => {
        finished = true;
      });
    await queue.wake('deliver-mailbox', 'alice', Date.now());
    await until(() => calls.length === 1);
    await redis.kill9();
    await until(() => troubles.length > 0);
    const stopped = queue.stop();
    finish();
    await stopped;
    expect(finished).toBe(true);
  });

  it('stops although it has never been there', async () => {
    await redis.kill9();
    await (await open()).stop();
  });

  it('stops although it goes away meanwhile', async () => {
    const queue = await open();
    let finish = () => {};
    onCall = () => new Promise<void>((resolve) => (finish = resolve));
    await queue.wake('deliver-mailbox', 'alice', Date.now());
    await until(() => calls.length === 1);
    const stopped = queue.stop();
    await redis.kill9();
    finish();
    await stopped;
  });

  it('keeps the wakes of two archives apart, and shares those of one among its processes', async () => {
    const archiveId = newArchiveId();
    const [mine, other] = [await open({ archiveId }), await open()];
    await mine.wake('deliver-mailbox', 'far', Date.now() + farMs);
    await other.wake('deliver-mailbox', 'near', Date.now());
    await until(() => countOf('near') === 1);
    await mine.stop();
    const again = await open({ archiveId });
    await again.wake('deliver-mailbox', 'far', Date.now());
    await until(() => countOf('far') === 1);
    expect(await redis.ask('KEYS', `holdfast:{${archiveId}}:*`)).not.toEqual([]);
    expect(await redis.ask('ZCARD', `holdfast:{${archiveId}}:wakes:delayed`)).toBe(0);
  });

  it('warns once of a Redis that throws keys away, however often it comes back', async () => {
    await redis.destroy();
    redis = await startRedis({ settings: ['--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'] });
    const policies: string[] = [];
    const queue = await open({ onEviction: (policy) => policies.push(policy) });
    await until(() => policies.length > 0);
    await redis.kill9();
    await until(() => troubles.length > 0);
    await redis.start();
    await wakeUntilCalled(queue, 'after');
    expect(policies).toEqual(['allkeys-lru']);
  });

  it('does not press a Redis that is full, and wakes again once there is room', async () => {
    const queue = await open();
    await queue.repeat('expire-crates', 10);
    await until(() => countOf('expire-crates') > 1);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
    await until(() => troubles.length > 0);
    const refused = 300;
    for (let i = 0; i < refused; i++) await queue.wake('deliver-mailbox', `refused-${i}`, Date.now());
    // Each wake that is lost is one; the worker alone would have met as many again.
    expect(troubles.length).toBeLessThan(refused + 100);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    await wakeUntilCalled(queue, 'after');
  });

  it('gives silent connections up, and queues wakes on new ones', async () => {
    const road = await openRoad(redis.url);
    const archiveId = newArchiveId();
    const queue = await open({ url: road.url, archiveId, answerMsMax: 500 });
    const tomorrow = Date.now() + 24 * farMs;
    await queue.wake('deliver-mailbox', 'before', tomorrow);
    road.fallSilent();
    const waiting = () => redis.ask('ZCARD', `holdfast:{${archiveId}}:wakes:delayed`);
    for (let i = 0; ((await waiting()) as number) < 2; i++) {
      await queue.wake('deliver-mailbox', `mailbox-${i}`, tomorrow);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(troubles.length).toBeGreaterThan(0);
    road.block();
    await queue.stop();
    await road.close();
  });
});

describe('the wake queue on Redis', () => {
  let redis: RedisProcess;
  beforeAll(async () => (redis = await startRedis()));
  afterAll(() => redis.destroy());

  // All of them share one Redis, and each finds its queue empty.
  wakeQueueContract(async (trouble) => {
    const backend = new RedisBackend({ url: redis.url, archiveId: newArchiveId(), onEviction: () => {} });
    return { queue: new BullmqWakeQueue(backend, trouble), close: async () => {} };
  });
});
