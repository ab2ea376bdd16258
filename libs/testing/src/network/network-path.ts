/**
 * The network between two archives, or between anybody and a TCP server: a proxy on a free port of 127.0.0.1 that can be
 * cut, healed, slowed down and made lossy, and that counts what comes through. Nothing is dropped from the middle of a
 * connection, and memory is bounded: whoever sends too fast is not read from.
 */
import { once } from 'node:events';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { Direction } from './direction.js';
import { OverheardSocket, type OverheardMessage, type Way } from './overheard-socket.js';
import { Misfortunes, type Cut, type Loss, type Slowness } from './weather.js';

export interface PathCounters {
  /** Connections that were let through, and those that were turned away. */
  readonly connections: number;
  readonly refused: number;
  /** Of those let through. */
  readonly open: number;
  /** Read from the side that connects, and from the target. */
  readonly bytesForth: number;
  readonly bytesBack: number;
}

export class NetworkPath {
  readonly #links = new Set<Link>();
  readonly #counters = { connections: 0, refused: 0, bytesForth: 0, bytesBack: 0 };
  readonly #waiters = new Set<() => void>();
  #cut: Cut | undefined;
  #forth: Slowness = {};
  #back: Slowness = {};
  #misfortunes: Misfortunes | undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    private readonly onMessage: ((message: OverheardMessage) => void) | undefined,
  ) {
    server.on('connection', (near) => this.#accept(near));
  }

  /**
   * @param targetUrl of any scheme; its host and port are where connections go
   * @param onMessage called with the messages of WebSockets on the path
   */
  static async open(
    targetUrl: string,
    onMessage?: (message: OverheardMessage) => void,
  ): Promise<NetworkPath> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    const path = new NetworkPath(server, new URL(targetUrl), onMessage);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return path;
  }

  /** The target's URL by this path. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.pathname === '/' ? url.origin : url.href;
  }

  get counters(): PathCounters {
    return { ...this.#counters, open: this.#links.size };
  }

  /** Until `heal`. A silent cut that is cut again by a reset loses what it has kept open. */
  cut(how: Cut = 'reset'): void {
    this.#cut = how;
    if (how === 'reset') for (const link of this.#links) link.reset();
    this.#changed();
  }

  /** The path is as it was in the beginning; what a silent cut has held back comes through now. */
  heal(): void {
    this.#cut = undefined;
    this.#forth = {};
    this.#back = {};
    this.#misfortunes = undefined;
    this.#changed();
  }

  /** @param forth from the side that connects @param back the same when it is not said */
  slow(forth: Slowness, back: Slowness = forth): void {
    this.#forth = forth;
    this.#back = back;
    this.#changed();
  }

  lossy(loss: Loss): void {
    this.#misfortunes = new Misfortunes(loss);
  }

  /** Resolves when the counters are so; looks whenever they change. */
  async until(isSo: (counters: PathCounters) => boolean): Promise<void> {
    while (!isSo(this.counters)) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  async close(): Promise<void> {
    this.server.close();
    for (const link of this.#links) link.reset();
    await once(this.server, 'close');
  }

  #accept(near: Socket): void {
    near.on('error', () => undefined);
    if (this.#cut === 'reset') {
      this.#counters.refused++;
      this.#notify();
      breakOff(near);
      return;
    }
    this.#counters.connections++;
    const overheard = this.onMessage === undefined ? undefined : new OverheardSocket(this.onMessage);
    const link = new Link(near, this.target, {
      slowness: (way) => (way === 'forth' ? this.#forth : this.#back),
      isSilent: () => this.#cut === 'silent',
      onChunk: (way, chunk) => {
        this.#counters[way === 'forth' ? 'bytesForth' : 'bytesBack'] += chunk.length;
        overheard?.hear(way, chunk);
        this.#notify();
        const mishap = this.#misfortunes?.after(chunk.length);
        if (mishap === 'reset') link.reset();
        return mishap === 'stall' ? performance.now() + this.#misfortunes!.stallMs : 0;
      },
      onClosed: () => {
        this.#links.delete(link);
        this.#notify();
      },
    });
    this.#links.add(link);
    this.#notify();
  }

  #changed(): void {
    for (const link of this.#links) link.changed();
  }

  #notify(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const resolve of waiters) resolve();
  }
}

interface LinkInit {
  readonly slowness: (way: Way) => Slowness;
  readonly isSilent: () => boolean;
  readonly onChunk: (way: Way, chunk: Buffer) => number;
  readonly onClosed: () => void;
}

/**
 * One connection on the path: a socket to each side. While the path is silent the target hears of no new one, and neither
 * side of the other's end; one that is given up before it has come through never comes.
 */
class Link {
  readonly #far = new Socket({ allowHalfOpen: true });
  readonly #directions: readonly Direction[];
  #isConnected = false;
  #isBroken = false;
  #openEnds = 2;

  constructor(
    private readonly near: Socket,
    private readonly target: URL,
    private readonly init: LinkInit,
  ) {
    const direction = (way: Way, from: Socket, to: Socket): Direction =>
      new Direction({
        from,
        to,
        slowness: () => init.slowness(way),
        isSilent: init.isSilent,
        isDeaf: () => this.#isConnected && init.isSilent(),
        onChunk: (chunk) => init.onChunk(way, chunk),
      });
    this.#directions = [direction('forth', near, this.#far), direction('back', this.#far, near)];
    for (const socket of [near, this.#far]) {
      socket.setNoDelay();
      socket.on('error', () => undefined);
      socket.on('close', (hadError) => {
        if (--this.#openEnds === 0) init.onClosed();
        this.#isBroken ||= hadError;
        this.changed();
      });
    }
    near.on('end', () => {
      if (!this.#isConnected) this.reset();
    });
    this.changed();
  }

  changed(): void {
    if (!this.#isConnected && !this.#isBroken && !this.init.isSilent()) {
      this.#isConnected = true;
      this.#far.connect({ host: this.target.hostname, port: Number(this.target.port) });
    }
    if (this.#isBroken && !(this.#isConnected && this.init.isSilent())) this.reset();
    else for (const direction of this.#directions) direction.changed();
  }

  reset(): void {
    for (const direction of this.#directions) direction.stop();
    for (const socket of [this.near, this.#far]) breakOff(socket);
  }
}

/** Node's own reset waits for what is still to be written, and fails while an end is on its way. */
function breakOff(socket: Socket): void {
  const isIdle = !socket.connecting && !socket.writableEnded && socket.writableLength === 0;
  if (isIdle && !socket.destroyed) socket.resetAndDestroy();
  else socket.destroy();
}
