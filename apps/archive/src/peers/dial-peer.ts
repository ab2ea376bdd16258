/**
 * One attempt to reach a peer at the address that the operator gave: who answers there is asked first, the connection
 * goes to the very address that was looked at, and it counts only when the other side has proved its key for our token.
 */
import { HoldfastError, isErrorCode, limits } from '@holdfast/protocol';
import type { IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import * as z from 'zod/mini';
import { archiveLimits } from '../limits.js';
import type { ArchiveTokens, SignedRequest } from '../platform/archive-identity/archive-tokens.js';
import { doorOf, jsonOf, type Introductions, type MetArchive } from '../platform/outgoing/introductions.js';
import type { PeerAddresses } from '../platform/outgoing/peer-addresses.js';
import { lookupIn } from '../platform/outgoing/peer-requests.js';
import { PeerConnection, peerSocketBounds } from './peer-connection.js';

export const peersPath = '/v1/peers';

/** What the dialer's token is for: an upgrade has no body. */
export const upgradeRequest: SignedRequest = { path: peersPath, body: new Uint8Array() };

/** In which the dialer shows the endorsements of its later keys, if it has any; the acceptor shows its own in its proof. */
export const endorsementsHeader = 'holdfast-endorsements';

/** Says "1" in the handshake of an archive that relays between clients, on either side (spec/relay.md, "Between archives"). */
export const relayHeader = 'holdfast-relay';

export const saysThatItRelays = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers[relayHeader] === '1';

const proofSchema = z.strictObject({
  op: z.literal('proof'),
  token: z.string(),
  endorsements: z.optional(z.array(z.string()).check(z.maxLength(limits.archiveKeysMax))),
});

export interface DialInit {
  readonly introductions: Pick<Introductions, 'meet' | 'forget'>;
  readonly addresses: Pick<PeerAddresses, 'of'>;
  readonly tokens: Pick<ArchiveTokens, 'issue' | 'checkAnswer'>;
  readonly ownUrl: () => string;
  /** Of this archive's later keys. */
  readonly endorsements: () => readonly string[];
  /** Whether this archive relays. */
  readonly relays?: boolean;
  /** How long the handshake may take, and the proof after it. */
  readonly answerMsMax?: number;
}

/**
 * @param id the archive that is meant
 * @throws HoldfastError `archive-unreachable`, `request-timeout`, `answer-invalid`, `archive-foreign`, or the code with
 * which the archive has refused, such as `peer-pending`
 */
export async function dialPeer(
  { id, url }: { readonly id: string; readonly url: string },
  init: DialInit,
  signal: AbortSignal,
): Promise<PeerConnection> {
  try {
    const met = await init.introductions.meet(url);
    if (met.id !== id) {
      throw new HoldfastError('archive-foreign', 'Another archive answers at this address than was added.');
    }
    return await connect(met, init, signal);
  } catch (error) {
    // Its clock or its key may have changed since it was met.
    init.introductions.forget(url);
    throw error;
  }
}

async function connect(met: MetArchive, init: DialInit, signal: AbortSignal): Promise<PeerConnection> {
  const token = await init.tokens.issue(met.id, upgradeRequest, init.ownUrl(), Date.now() + met.clockAheadMs);
  const addresses = await init.addresses.of(met.url);
  signal.throwIfAborted();
  const options: ClientOptions & { lookup: ReturnType<typeof lookupIn> } = {
    ...peerSocketBounds,
    lookup: lookupIn(addresses),
    headers: {
      authorization: `Bearer ${token}`,
      'user-agent': 'holdfast',
      ...shown(init.endorsements()),
      ...(init.relays === true ? { [relayHeader]: '1' } : {}),
    },
    followRedirects: false,
    handshakeTimeout: init.answerMsMax ?? archiveLimits.peerAnswerAtDoorMsMax,
  };
  const socket = new WebSocket(doorOf(met.url, peersPath).replace(/^http/, 'ws'), options);
  const end = () => socket.terminate();
  signal.addEventListener('abort', end);
  try {
    const connection = await opened(socket);
    await proven(connection, met, token, init);
    return connection;
  } catch (error) {
    socket.terminate();
    throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const shown = (endorsements: readonly string[]): Record<string, string> =>
  endorsements.length === 0 ? {} : { [endorsementsHeader]: endorsements.join(' ') };

function opened(socket: WebSocket): Promise<PeerConnection> {
  return new Promise((resolve, reject) => {
    let handshake: IncomingMessage;
    socket.on('upgrade', (answer) => (handshake = answer));
    // Made with the connection, so that no frame is missed.
    socket.on('open', () =>
      resolve(new PeerConnection(socket, handshake.socket, saysThatItRelays(handshake))),
    );
    socket.on('unexpected-response', (_request, answer) => void refusalOf(answer).then(reject));
    socket.on('error', (cause) => {
      reject(new HoldfastError('archive-unreachable', 'The archive cannot be reached.', {}, { cause }));
    });
  });
}

async function proven(
  connection: PeerConnection,
  met: MetArchive,
  ownToken: string,
  { tokens, answerMsMax = archiveLimits.peerAnswerAtDoorMsMax }: DialInit,
): Promise<void> {
  const timer = setTimeout(() => connection.terminate(), answerMsMax);
  try {
    const frame = await connection.first();
    const isShort = frame.length <= archiveLimits.peerProofLengthMax;
    const proof = proofSchema.safeParse(isShort ? jsonOf(Buffer.from(frame)) : undefined);
    if (!proof.success) throw notProven();
    const { archive } = await tokens
      .checkAnswer(proof.data, ownToken, Date.now() + met.clockAheadMs)
      .catch((cause: unknown) => {
        throw notProven(cause);
      });
    if (archive !== met.id) throw notProven();
  } finally {
    clearTimeout(timer);
  }
}

const notProven = (cause?: unknown): HoldfastError =>
  new HoldfastError('archive-foreign', 'Who answers does not prove the key of that archive.', {}, { cause });

/** A problem document (RFC 9457) with a code that is known here; its sentence is not repeated. */
async function refusalOf(answer: IncomingMessage): Promise<HoldfastError> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => answer.destroy(), archiveLimits.peerIntroductionMsMax);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > archiveLimits.peerIntroductionBytesMax) break;
      chunks.push(chunk);
    }
  } catch {
    // What has come decides.
  } finally {
    clearTimeout(timer);
    answer.destroy();
  }
  const { code } = (jsonOf(Buffer.concat(chunks)) ?? {}) as { readonly code?: unknown };
  if (typeof code !== 'string' || !isErrorCode(code)) {
    const status = answer.statusCode ?? 0;
    return new HoldfastError('answer-invalid', `The address takes no peers (HTTP ${status}).`);
  }
  return new HoldfastError(code, sentences[code] ?? 'The archive has refused.');
}

const sentences: Partial<Record<string, string>> = {
  'peer-pending': 'The operator of that archive has not approved this one yet.',
  'not-authorised': 'That archive does not let this one in.',
  'peer-misbehaved': 'That archive has found something wrong with what this one sent, and waits.',
};
