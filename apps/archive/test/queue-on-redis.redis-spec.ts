/** An archive whose queue is in Redis loses nothing, whatever happens to Redis: the queue only wakes. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootArchive, startRedis, type ArchiveProcess, type RedisProcess } from '@holdfast/testing';
import pg from 'pg';
import { sampleCrates, sampleMailbox, type SampleCrate } from './crate-samples.js';
import { collectFrom, SocketClient } from './socket-client.js';

let archive: ArchiveProcess | undefined;
let redis: RedisProcess | undefined;
afterEach(async () => {
  await archive?.destroy();
  await redis?.destroy();
  archive = redis = undefined;
});

async function bootOnRedis(settings: Readonly<Record<string, string>> = {}): Promise<ArchiveProcess> {
  archive = await bootArchive({ settings: { HOLDFAST_REDIS_URL: redis!.url, ...settings } });
  return archive;
}

/** Whatever has been handed over and not answered is to be handed over again now. */
async function makeDue(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('update crate set next_attempt_at = now() where next_attempt_at is not null');
  } finally {
    await client.end();
  }
}

const depositAll = async (client: SocketClient, crates: readonly SampleCrate[]) => {
  const answers = await Promise.all(crates.map((crate) => client.deposit(crate)));
  for (const answer of answers) expect(answer).toMatchObject({ op: 'deposited', status: 'accepted' });
};

describe('an archive whose queue is in Redis', () => {
  it('delivers every crate while Redis is emptied, killed and started again', async () => {
    redis = await startRedis();
    const { url, databaseUrl, logLines, id } = await bootOnRedis();
    const bob = await sampleMailbox();
    const crates = await sampleCrates(bob.publicKey, 300);
    const byId = new Map(crates.map((crate) => [crate.id, crate]));
    const { client: alice } = await SocketClient.connect(url);
    const { client, n } = await collectFrom(url, bob);

    const handedOver = new Set<string>();
    const delivered = new Set<string>();
    /** Takes crates until `count` more are delivered; every third is answered only when it comes again. */
    const take = async (count: number) => {
      const wanted = Math.min(crates.length, delivered.size + count);
      while (delivered.size < wanted) {
        const { crate } = await client.next('crate', n);
        if (delivered.has(crate)) continue;
        const isFirst = !handedOver.has(crate);
        handedOver.add(crate);
        if (isFirst && handedOver.size % 3 === 0) continue;
        expect(await client.ack(byId.get(crate)!)).toMatchObject({ status: 'delivered' });
        delivered.add(crate);
      }
    };

    await depositAll(alice, crates.slice(0, 60));
    await take(20);
    expect(await redis.ask('KEYS', `holdfast:{${id}}:wakes:*`)).not.toEqual([]);
    await Promise.all([depositAll(alice, crates.slice(60, 120)), redis.ask('FLUSHALL'), take(40)]);
    await Promise.all([depositAll(alice, crates.slice(120, 180)), redis.kill9(), take(30)]);
    await depositAll(alice, crates.slice(180, 240));
    await take(30);
    await Promise.all([depositAll(alice, crates.slice(240)), redis.start(), take(30)]);
    await makeDue(databaseUrl);
    await redis.ask('FLUSHALL');
    await take(crates.length);
    expect(delivered.size).toBe(crates.length);
    await Promise.all([alice.close(), client.close()]);
    expect(logLines.filter((line) => line.includes('the queue met an error')).length).toBeLessThan(10);
    expect(await archive!.stop()).toBe(0);
  }, 240_000);

  it('starts and delivers without Redis, says so, shows no password, and uses it once it is there', async () => {
    redis = await startRedis({ password: 'kelp-and-rock' });
    await redis.kill9();
    const { url, logLines, id } = await bootOnRedis({ HOLDFAST_LOG_LEVEL: 'trace' });
    const bob = await sampleMailbox();
    const [first, second] = await sampleCrates(bob.publicKey, 2);
    const { client, n } = await collectFrom(url, bob);
    await depositAll(client, [first!]);
    expect(await client.next('crate', n)).toMatchObject({ crate: first!.id });
    await redis.start();
    const keys = () => redis!.ask('KEYS', `holdfast:{${id}}:wakes:repeat*`) as Promise<string[]>;
    while ((await keys()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await depositAll(client, [second!]);
    // The first comes again where all this has taken long.
    let next = first!.id;
    while (next === first!.id) next = (await client.next('crate', n)).crate;
    expect(next).toBe(second!.id);
    await client.close();
    const log = logLines.join('\n');
    expect(log).toContain('the queue met an error');
    expect(log).not.toContain('kelp-and-rock');
    expect(await archive!.stop()).toBe(0);
  });

  it('works when Redis refuses its password, which its log does not show', async () => {
    redis = await startRedis({ password: 'rock' });
    const wrong = redis.url.replace('rock', 'kelp-and-sand');
    const { url, logLines } = await bootOnRedis({ HOLDFAST_REDIS_URL: wrong, HOLDFAST_LOG_LEVEL: 'trace' });
    const bob = await sampleMailbox();
    const crates = await sampleCrates(bob.publicKey, 1);
    const { client, n } = await collectFrom(url, bob);
    await depositAll(client, crates);
    expect(await client.next('crate', n)).toMatchObject({ crate: crates[0]!.id });
    await client.close();
    expect(logLines.join('\n')).toContain('WRONGPASS');
    expect(logLines.join('\n')).not.toContain('kelp-and-sand');
    expect(await archive!.stop()).toBe(0);
  });

  it('warns when Redis may throw away what it holds', async () => {
    redis = await startRedis({ settings: ['--maxmemory-policy', 'allkeys-lru'] });
    const { logLines } = await bootOnRedis();
    const warnings = () => logLines.filter((line) => line.includes('maxmemory-policy'));
    while (warnings().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(JSON.parse(warnings()[0]!)).toMatchObject({ level: 'warn', policy: 'allkeys-lru' });
    expect(await archive!.stop()).toBe(0);
    expect(logLines.filter((line) => line.includes('viction') || line.includes('maxmemory'))).toHaveLength(1);
  });
});
