import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alice, bob } from '../../test/record-samples.js';
import { readSettings, settingNames } from './settings.js';

const refusal = (environment: NodeJS.ProcessEnv): { code?: string; message?: string } => {
  try {
    readSettings(environment);
    return {};
  } catch (error) {
    return error as Error & { code: string };
  }
};

describe('readSettings', () => {
  it('needs nothing to be set', () => {
    expect(readSettings({})).toEqual({
      port: 7070,
      host: '127.0.0.1',
      dataFolder: './data',
      databaseUrl: undefined,
      redisUrl: undefined,
      publicUrl: undefined,
      logLevel: 'info',
      metricsPort: undefined,
      connectionsMax: 12_000,
      cratesBytesMax: 17_179_869_184,
      depositsPerMinute: 600,
      depositBytesPerMinute: 67_108_864,
      diskReserveBytes: 1_073_741_824,
      trustedProxies: [],
      privatePeers: undefined,
      relay: true,
      relayTicketsPerNetwork: 16,
      relayFramesPerSecond: 50,
      relayBytesPerSecond: 65_536,
      relayFloodsPerMinute: 120,
      scope: {},
    });
  });

  it('takes every setting from its variable', () => {
    const settings = readSettings({
      HOLDFAST_PORT: '8080',
      HOLDFAST_HOST: '0.0.0.0',
      HOLDFAST_DATA: '/srv/holdfast',
      DATABASE_URL: 'postgresql://kelp:rock@db/holdfast',
      HOLDFAST_REDIS_URL: 'rediss://:rock@wakes:6380/2',
      HOLDFAST_PUBLIC_URL: 'https://archive.example/',
      HOLDFAST_LOG_LEVEL: 'debug',
      HOLDFAST_METRICS_PORT: '9090',
      HOLDFAST_CONNECTIONS: '5',
      HOLDFAST_CRATES_BYTES_MAX: '1000000000',
      HOLDFAST_DEPOSITS_PER_MINUTE: '0',
      HOLDFAST_DEPOSIT_BYTES_PER_MINUTE: '1048576',
      HOLDFAST_DISK_RESERVE_BYTES: '0',
      HOLDFAST_TRUSTED_PROXIES: 'loopback, 10.0.0.0/8,2001:db8::1',
      HOLDFAST_PRIVATE_PEERS: 'false',
      HOLDFAST_RELAY: 'false',
      HOLDFAST_RELAY_TICKETS_PER_NETWORK: '0',
      HOLDFAST_RELAY_FRAMES_PER_SECOND: '5',
      HOLDFAST_RELAY_BYTES_PER_SECOND: '10000',
      HOLDFAST_RELAY_FLOODS_PER_MINUTE: '6',
      HOLDFAST_SCOPE_AUTHORS: `${alice.publicKey}, ${bob.publicKey},${alice.publicKey}`,
      HOLDFAST_SCOPE_COLLECTIONS: 'notes, wiki',
      HOLDFAST_SCOPE_TOPICS: 'kelp forests,tides',
      HOLDFAST_SCOPE_SINCE: '2026-01-31T12:00:00+01:00',
    });
    expect(settings).toEqual({
      port: 8080,
      host: '0.0.0.0',
      dataFolder: '/srv/holdfast',
      databaseUrl: 'postgresql://kelp:rock@db/holdfast',
      redisUrl: 'rediss://:rock@wakes:6380/2',
      publicUrl: 'https://archive.example',
      logLevel: 'debug',
      metricsPort: 9090,
      connectionsMax: 5,
      cratesBytesMax: 1_000_000_000,
      depositsPerMinute: 0,
      depositBytesPerMinute: 1_048_576,
      diskReserveBytes: 0,
      trustedProxies: ['loopback', '10.0.0.0/8', '2001:db8::1'],
      privatePeers: false,
      relay: false,
      relayTicketsPerNetwork: 0,
      relayFramesPerSecond: 5,
      relayBytesPerSecond: 10_000,
      relayFloodsPerMinute: 6,
      scope: {
        authors: [alice.publicKey, bob.publicKey],
        collections: ['notes', 'wiki'],
        topics: ['kelp forests', 'tides'],
        since: 1_769_857_200,
      },
    });
  });

  it('treats an empty variable as one that is not set', () => {
    expect(readSettings({ HOLDFAST_PORT: '', DATABASE_URL: '' })).toEqual(readSettings({}));
  });

  it('takes a setting from a file, refuses both at once, and says when the file cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
    const file = join(folder, 'url');
    writeFileSync(file, 'postgresql://kelp:rock@db/holdfast\n');
    try {
      expect(readSettings({ DATABASE_URL_FILE: file }).databaseUrl).toBe(
        'postgresql://kelp:rock@db/holdfast',
      );
      expect(refusal({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgresql://kelp@db/x' }).message).toBe(
        'DATABASE_URL and DATABASE_URL_FILE are both set: keep one.',
      );
      expect(refusal({ HOLDFAST_PORT_FILE: join(folder, 'absent') }).message).toMatch(
        /^HOLDFAST_PORT_FILE names .*absent, which cannot be read \(ENOENT\)\.$/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['HOLDFAST_PORT', 'seventy'],
    ['HOLDFAST_PORT', '70700'],
    ['HOLDFAST_PORT', '-1'],
    ['HOLDFAST_PORT', '7070.5'],
    ['HOLDFAST_METRICS_PORT', '0x50'],
    ['HOLDFAST_HOST', 'two words'],
    ['HOLDFAST_LOG_LEVEL', 'loud'],
    ['HOLDFAST_PUBLIC_URL', 'kelp.example'],
    ['HOLDFAST_PUBLIC_URL', 'ftp://kelp.example'],
    ['DATABASE_URL', 'mysql://kelp:rock@db/holdfast'],
    ['DATABASE_URL', 'kelp:rock@db'],
    ['HOLDFAST_DEPOSITS_PER_MINUTE', '-1'],
    ['HOLDFAST_DEPOSIT_BYTES_PER_MINUTE', '64MiB'],
    ['HOLDFAST_DISK_RESERVE_BYTES', '1e9'],
    ['HOLDFAST_TRUSTED_PROXIES', 'proxy.example'],
    ['HOLDFAST_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['HOLDFAST_REDIS_URL', 'http://:rock@wakes:6379'],
    ['HOLDFAST_REDIS_URL', 'wakes:6379'],
    ['HOLDFAST_SCOPE_AUTHORS', `${'A'.repeat(43)}`],
    ['HOLDFAST_SCOPE_AUTHORS', 'alice'],
    ['HOLDFAST_SCOPE_COLLECTIONS', 'notes,,wiki'],
    ['HOLDFAST_SCOPE_COLLECTIONS', 'Notes'],
    ['HOLDFAST_SCOPE_TOPICS', 't'.repeat(129)],
    ['HOLDFAST_SCOPE_TOPICS', Array.from({ length: 257 }, (_, i) => `t${i}`).join()],
    ['HOLDFAST_SCOPE_SINCE', 'yesterday'],
    ['HOLDFAST_SCOPE_SINCE', '2026-13-01'],
    ['HOLDFAST_SCOPE_SINCE', '999999999999'],
  ])('refuses %s=%s in a sentence that names the variable and not the value', (name, value) => {
    const { code, message } = refusal({ [name]: value });
    expect(code).toBe('settings-invalid');
    expect(message).toMatch(new RegExp(`^${name} must be .*\\.$`));
    expect(message).not.toContain(value);
  });

  it('refuses one port for the doors and the metrics, unless each takes a free one', () => {
    const sentence = 'HOLDFAST_METRICS_PORT is the same as HOLDFAST_PORT: set it to another.';
    expect(refusal({ HOLDFAST_METRICS_PORT: '7070' }).message).toBe(sentence);
    expect(refusal({ HOLDFAST_PORT: '0', HOLDFAST_METRICS_PORT: '0' })).toEqual({});
  });

  it.each([
    ['HOLDFAST_PROT', 'HOLDFAST_PORT'],
    ['HOLDFAST_POR', 'HOLDFAST_PORT'],
    ['HOLDFAST_HOSTS', 'HOLDFAST_HOST'],
    ['HOLDFAST_PUBLIC_URI', 'HOLDFAST_PUBLIC_URL'],
  ])('takes %s for a slip of the pen', (name, meant) => {
    expect(refusal({ [name]: 'x' }).message).toBe(`${name} is not a setting: did you mean ${meant}?`);
  });

  it.each([
    ['2026-01-31', 1_769_817_600],
    ['1700000000', 1_700_000_000],
    ['0', 0],
  ])('takes %s for the time from which records are kept', (text, since) => {
    expect(readSettings({ HOLDFAST_SCOPE_SINCE: text }).scope).toEqual({ since });
  });

  it('has every setting in the page for operators', () => {
    const page = readFileSync(new URL('../../../../docs/operating/settings.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(rows.sort()).toEqual([...settingNames].sort());
  });

  it('leaves the variables of clients and tests alone', () => {
    expect(
      refusal({
        HOLDFAST_HOME: '/x',
        HOLDFAST_ARCHIVE: 'http://x',
        HOLDFAST_TEST_DATABASE_URL: 'x',
        HOLDFAST_OTHER: 'x',
      }),
    ).toEqual({});
  });
});
