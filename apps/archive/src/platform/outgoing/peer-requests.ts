/**
 * HTTP requests to other archives: to checked addresses only (peer-addresses.ts), without following redirects, with a
 * time limit over all of it and a bound on the answer. Whatever goes wrong on the way is a coded error.
 */
import { HoldfastError } from '@holdfast/protocol';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { archiveLimits } from '../../limits.js';
import type { PeerAddress, PeerAddresses } from './peer-addresses.js';

export interface PeerRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly answerBytesMax: number;
  readonly msMax: number;
}

export interface PeerAnswer {
  readonly status: number;
  readonly body: Buffer;
}

const agentOptions = { keepAlive: true, timeout: archiveLimits.peerConnectionIdleMs } as const;

export class PeerRequests {
  private readonly http = new HttpAgent(agentOptions);
  private readonly https = new HttpsAgent(agentOptions);
  private readonly closing = new AbortController();

  constructor(private readonly addresses: PeerAddresses) {}

  /** @throws HoldfastError `archive-unreachable`, `request-timeout`, `answer-invalid`, `address-refused` */
  async send(request: PeerRequest): Promise<PeerAnswer> {
    const late = AbortSignal.timeout(request.msMax);
    const signal = AbortSignal.any([late, this.closing.signal]);
    try {
      const addresses = await Promise.race([this.addresses.of(request.url), whenAborted(signal)]);
      const answer = await this.open(request, addresses, signal);
      return { status: answer.statusCode ?? 0, body: await read(answer, request.answerBytesMax) };
    } catch (cause) {
      if (cause instanceof HoldfastError) throw cause;
      if (late.aborted) {
        throw new HoldfastError('request-timeout', 'The archive did not answer in time.', {}, { cause });
      }
      throw new HoldfastError('archive-unreachable', 'The archive cannot be reached.', {}, { cause });
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.closing.abort(new HoldfastError('archive-unreachable', 'This archive is stopping.'));
    this.http.destroy();
    this.https.destroy();
  }

  private open(
    { method, url, headers, body }: PeerRequest,
    addresses: readonly PeerAddress[],
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const isSecure = new URL(url).protocol === 'https:';
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const options = {
      method,
      signal,
      lookup: lookupIn(addresses),
      headers: { ...headers, ...length, 'user-agent': 'holdfast' },
    };
    return new Promise((resolve, reject) => {
      const sent = isSecure
        ? httpsRequest(url, { ...options, agent: this.https }, resolve)
        : httpRequest(url, { ...options, agent: this.http }, resolve);
      sent.on('error', reject);
      // Without an error, where the other took the connection for something else (101).
      sent.on('close', () => reject(new Error('The connection ended before the answer.')));
      sent.end(body);
    });
  }
}

/** Node asks for names only; an address in the URL has been checked as it stands. */
export const lookupIn =
  (addresses: readonly PeerAddress[]): LookupFunction =>
  (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first!.address, first!.family);
  };

async function read(answer: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new HoldfastError('answer-invalid', 'The answer of the archive is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
