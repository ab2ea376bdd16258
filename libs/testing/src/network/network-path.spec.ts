import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { NetworkPath } from './network-path.js';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A server on the far side of a path. */
async function farSide(
  onConnection: (socket: Socket) => void,
): Promise<{ path: NetworkPath; server: Server }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push({ close: () => (sockets.forEach((socket) => socket.destroy()), server.close()) });
  const path = await NetworkPath.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  opened.push(path);
  return { path, server };
}

const echo = (socket: Socket): void => void socket.pipe(socket);

function dial(path: NetworkPath): Socket {
  const socket = connect({ port: Number(new URL(path.url).port), host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  opened.push({ close: () => socket.destroy() });
  return socket;
}

async function says(socket: Socket, word: string): Promise<string> {
  socket.write(word);
  return String(((await once(socket, 'data')) as [Buffer])[0]);
}

/** Also when it ends in an error. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()));

describe('a path', () => {
  it('brings what is sent, and the end of each side by itself', async () => {
    const { path } = await farSide((socket) => {
      let heard = 0;
      socket.on('data', (chunk) => (heard += chunk.length));
      socket.on('end', () => socket.end(`heard ${heard}`));
    });
    const near = dial(path);
    near.end('x'.repeat(3_000_000));
    expect(await text(near)).toBe('heard 3000000');
    await path.until(({ open }) => open === 0);
    expect(path.counters).toEqual({
      connections: 1,
      refused: 0,
      open: 0,
      bytesForth: 3_000_000,
      bytesBack: 'heard 3000000'.length,
    });
  });

  it('resets what is open when it is cut, turns away what comes, and lets it through when it is healed', async () => {
    const { path } = await farSide(echo);
    const near = dial(path);
    expect(await says(near, 'one')).toBe('one');
    path.cut();
    await closed(near);
    const turnedAway = dial(path);
    await closed(turnedAway);
    expect(path.counters).toMatchObject({ connections: 1, refused: 1 });
    path.heal();
    expect(await says(dial(path), 'two')).toBe('two');
  });

  it('holds back everything while it is silent, also that somebody has come or gone, and brings it afterwards', async () => {
    const arrived: Socket[] = [];
    const { path } = await farSide((socket) => {
      arrived.push(socket);
      echo(socket);
    });
    const early = dial(path);
    expect(await says(early, 'before')).toBe('before');
    path.cut('silent');
    const gone = once(arrived[0]!, 'end');
    early.end('said into the void');
    const late = dial(path);
    late.write('hello');
    await path.until(({ connections }) => connections === 2);
    const givenUp = dial(path);
    givenUp.end('too late');
    await closed(givenUp);
    expect(arrived).toHaveLength(1);
    path.heal();
    expect(await text(early)).toBe('said into the void');
    await gone;
    expect(String(((await once(late, 'data')) as [Buffer])[0])).toBe('hello');
    expect(arrived).toHaveLength(2);
  });

  it('reads no more from a sender than it can pass on', async () => {
    const { path } = await farSide(echo);
    const near = dial(path);
    expect(await says(near, 'up')).toBe('up');
    const before = path.counters.bytesForth;
    path.slow({ latencyMs: 3_600_000 });
    near.write(Buffer.alloc(64 * 1024 * 1024));
    await path.until(({ bytesForth }) => bytesForth - before >= 256 * 1024);
    const { bytesForth } = path.counters;
    expect(bytesForth - before).toBeLessThan(512 * 1024);
    expect(near.writableLength).toBeGreaterThan(0);
    path.heal();
    await path.until(({ bytesBack }) => bytesBack === 64 * 1024 * 1024 + 2 || (near.resume(), false));
  });

  it('delays and spreads what comes in the directions that are slow, and changes nothing of it', async () => {
    const { path } = await farSide(echo);
    path.slow({ latencyMs: 30, bytesPerSecond: 2_000_000 }, {});
    const near = dial(path);
    const sent = Array.from({ length: 20_000 }, (_, number) => `${number} `).join('');
    near.end(sent);
    expect(await text(near)).toBe(sent);
  });

  it('resets connections after distances that a seed repeats', async () => {
    const resets = async (seed: number): Promise<number[]> => {
      const { path } = await farSide(echo);
      path.lossy({ bytesPerReset: 1_000, seed });
      const lengths: number[] = [];
      for (let round = 0; round < 5; round++) {
        const near = dial(path);
        const end = closed(near);
        let count = 0;
        near.on('data', () => (count++, near.write('ping')));
        near.write('ping');
        await end;
        lengths.push(count);
      }
      return lengths;
    };
    const first = await resets(7);
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(await resets(7)).toEqual(first);
  });

  it('stalls, and goes on', async () => {
    const { path } = await farSide(echo);
    path.lossy({ bytesPerStall: 10_000, stallMs: 5, seed: 3 });
    const near = dial(path);
    const sent = 'kelp'.repeat(50_000);
    near.end(sent);
    expect(await text(near)).toBe(sent);
  });

  it('breaks the connection when there is nobody at its end', async () => {
    const { path, server } = await farSide(echo);
    server.close();
    await once(server, 'close');
    await closed(dial(path));
    await path.until(({ open }) => open === 0);
  });

  it('closes though connections are open, silent ones too', async () => {
    const { path } = await farSide(echo);
    const near = dial(path);
    await says(near, 'here');
    path.cut('silent');
    const end = closed(near);
    await opened.splice(opened.indexOf(path), 1)[0]!.close();
    await end;
  });
});
