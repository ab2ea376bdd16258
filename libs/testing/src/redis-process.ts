/**
 * A real Redis as a real process of the test's own, on a free port and in a temporary folder. It can be emptied, killed
 * without warning, and started again on the same port; what it held then is still there only when it is `persistent`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

export interface RedisOptions {
  /** Keeps what it holds over a kill. */
  readonly persistent?: boolean;
  readonly password?: string;
  /** Further settings, as on the command line: `['--maxmemory-policy', 'allkeys-lru']`. */
  readonly settings?: readonly string[];
}

export interface RedisProcess {
  readonly url: string;
  /** Sends one command on a connection of its own. */
  ask(command: string, ...words: string[]): Promise<unknown>;
  /** SIGKILL, and the end of the process. */
  kill9(): Promise<void>;
  /** Starts again after `kill9`, on the same port and folder. */
  start(): Promise<void>;
  /** Ends what still runs and removes the folder. */
  destroy(): Promise<void>;
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  const redis = new SpawnedRedis(await freePort(), await mkdtemp(join(tmpdir(), 'holdfast-redis-')), options);
  try {
    await redis.start();
  } catch (error) {
    await redis.destroy();
    throw error;
  }
  return redis;
}

class SpawnedRedis implements RedisProcess {
  readonly url: string;
  #child: ChildProcess | undefined;

  constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly options: RedisOptions,
  ) {
    const { password } = options;
    this.url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    const { persistent = false, password, settings = [] } = this.options;
    const program = process.env['REDIS_SERVER'] ?? 'redis-server';
    const child = spawn(
      program,
      [
        ...['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder],
        ...['--save', '', '--appendonly', persistent ? 'yes' : 'no'],
        ...(password === undefined ? [] : ['--requirepass', password]),
        ...settings,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#child = child;
    let log = '';
    const ready = new Promise<'ready'>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        log += String(chunk);
        if (log.includes('Ready to accept connections')) resolve('ready');
      });
    });
    const ended = once(child, 'exit').then(() => 'ended' as const);
    if ((await Promise.race([ready, ended])) === 'ended') throw new Error(`Redis did not start:\n${log}`);
  }

  async ask(command: string, ...words: string[]): Promise<unknown> {
    const client = new Redis(this.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      return await client.call(command, ...words);
    } finally {
      client.disconnect();
    }
  }

  async kill9(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async destroy(): Promise<void> {
    await this.kill9();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
