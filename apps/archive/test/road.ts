/**
 * A TCP road to a database or a Redis that can be blocked (what is on it is cut off, and what comes is turned away) or
 * fall silent (its connections stay open, and nothing comes through them any more).
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Road {
  /** The URL by this road. */
  readonly url: string;
  block(): void;
  clear(): void;
  /** The connections that are open now; later ones work. */
  fallSilent(): void;
  close(): Promise<void>;
}

export async function openRoad(targetUrl: string): Promise<Road> {
  const url = new URL(targetUrl);
  const target = { host: url.hostname, port: Number(url.port) };
  const pairs = new Set<readonly [Socket, Socket]>();
  let isBlocked = false;
  const server = createServer((near) => {
    if (isBlocked) {
      near.destroy();
      return;
    }
    const far = connect(target);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
        pairs.delete(pair);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = () => {
    for (const [near] of pairs) near.destroy();
  };
  return {
    url: url.href,
    block: () => {
      isBlocked = true;
      cut();
    },
    clear: () => {
      isBlocked = false;
    },
    fallSilent: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume();
        far.unpipe(near).resume();
      }
    },
    close: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
