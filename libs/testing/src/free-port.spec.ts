import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { freePort } from './free-port.js';

let taken: Server | undefined;
afterEach(() => void taken?.close());

describe('a free port', () => {
  it('is given once, and is none that a system gives to whoever connects', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) expect(port < 32_768).toBe(true);
  });

  it('is none on which somebody listens', async () => {
    const before = await freePort();
    // The next in turn; somebody else may have it already.
    taken = createServer().on('error', () => undefined);
    taken.listen(before + 1, '127.0.0.1');
    await once(taken, 'listening').catch(() => undefined);
    expect(await freePort()).not.toBe(before + 1);
  });
});
