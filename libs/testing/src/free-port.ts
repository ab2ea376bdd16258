/**
 * Ports of 127.0.0.1 for servers that are started, killed and started again at one address. They lie below those that a
 * system gives to whoever connects or asks for any port, so that nobody takes one while its server is down; and every
 * worker of a test run has a stretch of its own, in which no port is given twice until all have been.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Linux gives ports from 32768 on, other systems from 49152 on. */
const firstPort = 10_000;
const stretchPorts = 2_500;
const stretches = 8;

/** Another one for every program, so that several on one machine seldom look at the same ports. */
let turn = randomInt(stretchPorts);

/** A port on which nothing listens at the moment. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? '1') - 1;
  const begin = firstPort + (worker % stretches) * stretchPorts;
  for (let tried = 0; tried < stretchPorts; tried++) {
    const port = begin + (turn++ % stretchPorts);
    if (await isFree(port)) return port;
  }
  throw new Error(`Every port from ${begin} to ${begin + stretchPorts - 1} is in use.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
