import { describe, expect, it } from '@jest/globals';
import { startRedis } from '@holdfast/testing';
import { jsonLines, makeCommand } from './command.js';

/** What the doctor finds of the Redis at this URL. Nothing else is there: neither a database nor an archive. */
async function queueFinding(redisUrl: string) {
  const command = makeCommand('http://127.0.0.1:9', {
    DATABASE_URL: 'postgresql://u:p@127.0.0.1:9/x',
    HOLDFAST_REDIS_URL: redisUrl,
  });
  const { stdout } = await command('archive', 'doctor', '--json');
  command.remove();
  return { finding: jsonLines(stdout).find(({ check }) => check === 'queue'), stdout };
}

describe('archive doctor, of a Redis that keeps the queue', () => {
  it('says that it answers, that it cannot be used, or that it throws keys away, and shows no password', async () => {
    const redis = await startRedis({ password: 'rock' });
    try {
      expect((await queueFinding(redis.url)).finding).toMatchObject({ status: 'ok' });
      const { finding, stdout } = await queueFinding(redis.url.replace('rock', 'hunter2'));
      expect(finding).toMatchObject({ status: 'warn', detail: expect.stringContaining('WRONGPASS') });
      expect(stdout).not.toContain('hunter2');
      await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
      expect((await queueFinding(redis.url)).finding).toMatchObject({
        status: 'warn',
        detail: expect.stringContaining('allkeys-lru'),
      });
      await redis.kill9();
      expect((await queueFinding(redis.url)).finding).toMatchObject({
        status: 'warn',
        detail: expect.stringContaining('ECONNREFUSED'),
      });
    } finally {
      await redis.destroy();
    }
  });

  it('refuses an address that is none', async () => {
    const command = makeCommand('http://127.0.0.1:9', { HOLDFAST_REDIS_URL: 'wakes:6379' });
    const { stdout } = await command('archive', 'doctor', '--json');
    command.remove();
    expect(jsonLines(stdout).find(({ check }) => check === 'settings')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('HOLDFAST_REDIS_URL'),
    });
  });
});
