/**
 * One archive as far as its peers see it, in this process: an introduction, the door for peers, and links on which what
 * comes is kept and sent back. Its database is the spec's own.
 */
import type { Channel } from '@holdfast/gossip';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ArchiveIdentity } from '../src/platform/archive-identity/archive-identity.js';
import { KnownKeys } from '../src/platform/archive-identity/known-keys.js';
import { ArchiveTokens } from '../src/platform/archive-identity/archive-tokens.js';
import { PrismaService } from '../src/platform/database/prisma.service.js';
import { ArchiveAddress } from '../src/platform/http/archive-address.js';
import type { UpgradeDoor, UpgradeDoors } from '../src/platform/web-sockets/upgrade-doors.js';
import type { LinkedPeer, LinkEnd, LinkOpener, LinkSession } from '../src/peers/link-opener.js';
import { PeerBook } from '../src/peers/peer-book.js';
import { PeerDialer } from '../src/peers/peer-dialer.js';
import { PeerDialing } from '../src/peers/peer-dialing.js';
import { PeerDoor } from '../src/peers/peer-door.js';
import { PeerLinks } from '../src/peers/peer-links.js';
import { PeerRepository } from '../src/peers/peer.repository.js';
import { openSpecDatabase, silentLog, type SpecDatabase } from './database-for-spec.js';

/** What one link was told, and its two ends for the test. */
export interface EchoLink {
  readonly peer: LinkedPeer;
  readonly channel: Channel;
  readonly frames: string[];
  end(end: LinkEnd): void;
  closed: boolean;
}

export class EchoOpener implements LinkOpener {
  readonly links: EchoLink[] = [];

  open(peer: LinkedPeer, channel: Channel): LinkSession {
    let end!: (end: LinkEnd) => void;
    const ended = new Promise<LinkEnd>((resolve) => (end = resolve));
    const link: EchoLink = { peer, channel, frames: [], end, closed: false };
    this.links.push(link);
    return {
      received: (frame) => {
        link.frames.push(frame);
        if (!frame.startsWith('echo ')) channel.send(`echo ${frame}`).catch(() => undefined);
      },
      closed: () => {
        link.closed = true;
        end({ by: 'them' });
      },
      ended,
      stats: {
        lagRecords: 3,
        lagSeconds: 2,
        recordsFetched: link.frames.length,
        recordsServed: 1,
        comparedAtMs: undefined,
        differed: undefined,
      },
      compareNow: () => Promise.reject(new Error('no comparison here')),
    };
  }
}

export class PeerSide {
  readonly opener = new EchoOpener();
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly db: SpecDatabase,
    readonly identity: ArchiveIdentity,
    readonly address: ArchiveAddress,
    readonly book: PeerBook,
    readonly links: PeerLinks,
    readonly dialing: PeerDialing,
    private readonly dialer: PeerDialer,
    private readonly server: Server,
  ) {}

  static async open(): Promise<PeerSide> {
    const db = await openSpecDatabase();
    const identity = await ArchiveIdentity.load(new PrismaService(db.database));
    const server = createServer((request, response) => {
      const time = Math.floor(Date.now() / 1000);
      const card = { id: identity.id, protocols: ['holdfast/1'], time };
      response.end(JSON.stringify(request.url?.endsWith('holdfast') === true ? card : identity.jwks()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const address = new ArchiveAddress({ publicUrl: undefined, host: '127.0.0.1', port });
    const book = new PeerBook(new PeerRepository(db.database), identity, address);
    const links = new PeerLinks(book, identity, silentLog);
    // Nobody is asked for keys here: peers show them.
    const nobody = { send: () => Promise.reject(new Error('asked')), close: () => undefined };
    const keys = new KnownKeys({ strangers: nobody, operators: nobody });
    keys.keptBy(book);
    const tokens = new ArchiveTokens(identity, { keys });
    const dialer = new PeerDialer(tokens, address, identity);
    const dialing = new PeerDialing(book, links, dialer, address, silentLog);
    const doors = {
      open: (path: string, door: UpgradeDoor) => {
        server.on('upgrade', (request, socket, head) => {
          socket.on('error', () => socket.destroy());
          if (request.url === path) door(request, socket as Socket, head);
        });
      },
    } as UpgradeDoors;
    new PeerDoor(doors, tokens, book, links, dialing, identity, address, silentLog).onModuleInit();
    const side = new PeerSide(db, identity, address, book, links, dialing, dialer, server);
    server.on('connection', (socket) => {
      side.sockets.add(socket);
      socket.once('close', () => side.sockets.delete(socket));
    });
    links.openWith(side.opener);
    address.listensOn(port);
    dialing.onApplicationBootstrap();
    return side;
  }

  get id(): string {
    return this.identity.id;
  }

  get url(): string {
    return this.address.url;
  }

  /** What is on its doors is cut off, as by a network that breaks. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.dialing.onModuleDestroy();
    await this.links.beforeApplicationShutdown();
    this.dialer.onModuleDestroy();
    this.server.closeAllConnections();
    this.server.close();
    await this.db.drop();
  }
}
