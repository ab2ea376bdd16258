/**
 * `WS /v1/peers` (spec/peers.md, "Links"): an archive that shows a token of its own is let in where the operator trusts
 * it, and is given this archive's proof first. Everybody else is refused before anything is opened, with a code.
 */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { ArchiveTokens, type ProofOfArchive } from '../platform/archive-identity/archive-tokens.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
import { asHoldfastError } from '../platform/http/failure.js';
import { Log } from '../platform/logging/log.js';
import { refuseUpgrade } from '../platform/web-sockets/refuse-upgrade.js';
import { UpgradeDoors } from '../platform/web-sockets/upgrade-doors.js';
import { endorsementsHeader, peersPath, relayHeader, saysThatItRelays, upgradeRequest } from './dial-peer.js';
import type { Peer } from './peer.js';
import { PeerBook } from './peer-book.js';
import { PeerConnection, peerSocketBounds } from './peer-connection.js';
import { PeerDialing } from './peer-dialing.js';
import { PeerLinks } from './peer-links.js';

@Injectable()
export class PeerDoor implements OnModuleInit {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    ...peerSocketBounds,
  });
  /** How often each trusted peer was let in, in this minute. */
  private letIn: { minute: number; readonly times: Map<string, number> } = { minute: 0, times: new Map() };
  /** Those whose token is being looked at. */
  private checking = 0;

  constructor(
    private readonly doors: UpgradeDoors,
    private readonly tokens: ArchiveTokens,
    private readonly book: PeerBook,
    private readonly links: PeerLinks,
    private readonly dialing: PeerDialing,
    private readonly identity: ArchiveIdentity,
    private readonly address: ArchiveAddress,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.doors.open(peersPath, (request, socket, head) => void this.upgrade(request, socket, head));
    this.sockets.on('headers', (headers) => {
      if (this.links.isRelaying) headers.push(`${relayHeader}: 1`);
    });
    this.sockets.on('wsClientError', (error, socket) => {
      refuseUpgrade(socket as Socket, new HoldfastError('request-malformed', `${error.message}.`));
    });
  }

  private async upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    if (this.checking >= archiveLimits.peerChecksAtOnce) {
      refuseUpgrade(socket, new HoldfastError('overloaded', 'Too many archives come at once.'));
      return;
    }
    this.checking += 1;
    try {
      const { id, proof } = await this.admit(request);
      // ws refuses what is no handshake by itself, and notices a socket that has gone.
      this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const connection = new PeerConnection(webSocket, socket, saysThatItRelays(request));
        connection.send(JSON.stringify({ op: 'proof', ...proof })).catch(() => undefined);
        this.dialing.heardOf(id);
        this.links.take({ id, dialedByUs: false }, connection);
      });
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      if (error.code === 'internal-error')
        this.log.error({ error: error.cause }, 'a peer could not be let in');
      refuseUpgrade(socket, error);
    } finally {
      this.checking -= 1;
    }
  }

  private async admit(
    request: IncomingMessage,
  ): Promise<{ readonly id: string; readonly proof: ProofOfArchive }> {
    if (!this.links.isReady) {
      throw new HoldfastError('unavailable', 'The archive takes no peers now: try again in a moment.');
    }
    const { authorization } = request.headers;
    const { archive: id, url } = await this.tokens.check(
      authorization,
      upgradeRequest,
      Date.now(),
      shownIn(request),
    );
    if (id === this.identity.id) throw new HoldfastError('not-authorised', 'That is this archive itself.');
    const peer = await this.book.asked(id, url);
    const refusal = refusalOf(peer);
    if (refusal !== undefined) throw refusal;
    this.countLink(id, Math.floor(Date.now() / 60_000));
    // Before there is a link: what goes wrong on that one is not over.
    if (peer.error !== undefined) await this.book.fine(id);
    const body = Buffer.from(authorization!.slice('Bearer '.length));
    const token = await this.tokens.issue(id, { path: peersPath, body }, this.address.url, Date.now());
    const { endorsements } = this.identity;
    return { id, proof: { token, ...(endorsements.length === 0 ? {} : { endorsements }) } };
  }

  /** Every link has the log and the tables looked at before anything is said on it. */
  private countLink(id: string, minute: number): void {
    if (this.letIn.minute !== minute) this.letIn = { minute, times: new Map() };
    const times = (this.letIn.times.get(id) ?? 0) + 1;
    if (times > archiveLimits.peerLinksPerMinuteMax) {
      throw new HoldfastError('overloaded', 'Your archive makes too many links: try again in a minute.');
    }
    this.letIn.times.set(id, times);
  }
}

/** The bound of a request's head bounds them, and whoever checks them takes no more than an archive may have. */
const shownIn = ({ headers }: IncomingMessage): readonly string[] => {
  const shown = headers[endorsementsHeader];
  return typeof shown === 'string' ? shown.split(' ') : [];
};

function refusalOf({ state, misbehaved, nextAttemptAtMs }: Peer): HoldfastError | undefined {
  if (state === 'pending') {
    return new HoldfastError('peer-pending', 'The operator of this archive has not approved yours yet.');
  }
  if (state === 'blocked')
    return new HoldfastError('not-authorised', 'This archive does not speak with yours.');
  if (misbehaved > 0 && nextAttemptAtMs !== undefined && nextAttemptAtMs > Date.now()) {
    const until = Math.ceil(nextAttemptAtMs / 1000);
    const sentence = 'What your archive sent was not what archives send: it has to wait.';
    return new HoldfastError('peer-misbehaved', sentence, { until });
  }
  return undefined;
}
