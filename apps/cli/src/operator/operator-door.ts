/**
 * Asks the running archive for what only its operator may (`/v1/admin/…`): every request carries a token that is signed
 * with the archive's own key and good for that request alone.
 */
import { HoldfastError, isErrorCode, limits, signCompactJws, type SigningKey } from '@holdfast/protocol';
import { createHash, randomBytes } from 'node:crypto';
import type { Context } from '../context.js';
import { cliLimits } from '../limits.js';
import { readOperatorKey } from './operator-key.js';

/** What the archive tells of a peer; times are NumericDate. */
export interface PeerReport {
  readonly id: string;
  readonly url?: string;
  readonly state: 'trusted' | 'pending' | 'blocked';
  readonly origin: string;
  readonly dialed: boolean;
  readonly linked: boolean;
  readonly heardAt?: number;
  readonly lagRecords?: number;
  readonly lagSeconds?: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly nextAttempt?: number;
  readonly error?: string;
  readonly misbehaved: number;
}

export interface PeerList {
  readonly archive: string;
  readonly peers: readonly PeerReport[];
}

export interface ComparedSets {
  readonly onlyHere: readonly string[];
  readonly onlyThere: readonly string[];
  readonly onlyHereCount: number;
  readonly onlyThereCount: number;
  readonly isComplete: boolean;
}

export interface SetCheck {
  readonly ok: boolean;
  readonly upTo: number;
  readonly count: number;
  readonly wrongBlocks: readonly object[];
}

export class OperatorDoor {
  private constructor(
    readonly url: string,
    private readonly key: SigningKey,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws HoldfastError as `readOperatorKey` does; `archive-unreachable`, `archive-foreign` */
  static async open({ settings, surroundings, signal }: Context): Promise<OperatorDoor> {
    const key = await readOperatorKey(surroundings.environment);
    const door = new OperatorDoor(settings.archives[0]!.replace(/\/+$/, ''), key, signal);
    await door.requireSameArchive();
    return door;
  }

  /** The archive's id. */
  get archive(): string {
    return this.key.publicKey;
  }

  peers(): Promise<PeerList> {
    return this.ask('GET', '/v1/admin/peers') as Promise<PeerList>;
  }

  /** @param peer with an id, nobody but the archive of that id is added */
  add(peer: { readonly url: string; readonly id?: string }): Promise<PeerReport> {
    return this.ask('POST', '/v1/admin/peers', peer) as Promise<PeerReport>;
  }

  setState(id: string, state: 'trusted' | 'blocked'): Promise<PeerReport> {
    return this.ask('POST', `/v1/admin/peers/${id}`, { state }) as Promise<PeerReport>;
  }

  async remove(id: string): Promise<void> {
    await this.ask('DELETE', `/v1/admin/peers/${id}`);
  }

  compare(id: string): Promise<ComparedSets> {
    return this.ask('POST', `/v1/admin/peers/${id}/compare`) as Promise<ComparedSets>;
  }

  checkSet(): Promise<SetCheck> {
    return this.ask('POST', '/v1/admin/set/check') as Promise<SetCheck>;
  }

  rotateKey(): Promise<{ readonly archive: string; readonly key: string; readonly keys: readonly string[] }> {
    return this.ask('POST', '/v1/admin/keys/rotate') as ReturnType<OperatorDoor['rotateKey']>;
  }

  private async requireSameArchive(): Promise<void> {
    const { id } = (await this.fetch('GET', '/.well-known/holdfast', {}, undefined)) as { id?: unknown };
    if (id === this.archive) return;
    const sentence = `The archive at ${this.url} is another one than that of this database: name its own address with --archive.`;
    throw new HoldfastError('archive-foreign', sentence);
  }

  private async ask(method: string, path: string, content?: object): Promise<unknown> {
    const body = content === undefined ? '' : JSON.stringify(content);
    const authorization = `Bearer ${await this.token(method, path, body)}`;
    const type: Record<string, string> = content === undefined ? {} : { 'content-type': 'application/json' };
    return this.fetch(method, path, { authorization, ...type }, content === undefined ? undefined : body);
  }

  private token(method: string, path: string, body: string): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.archive,
      aud: this.archive,
      iat,
      exp: iat + limits.archiveTokenSecondsMax,
      jti: randomBytes(16).toString('base64url'),
      method,
      path,
      hash: createHash('sha256').update(body).digest('base64url'),
    };
    return signCompactJws(claims, 'holdfast-operator+jwt', this.key);
  }

  private async fetch(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
  ): Promise<unknown> {
    const late = AbortSignal.timeout(cliLimits.operatorAnswerMsMax);
    const signal = AbortSignal.any([this.signal, late]);
    const init = {
      method,
      headers,
      signal,
      redirect: 'manual' as const,
      ...(body === undefined ? {} : { body }),
    };
    const answer = await fetch(`${this.url}${path}`, init).catch((cause: unknown) => {
      if (late.aborted) throw new HoldfastError('request-timeout', 'The archive did not answer in time.');
      const sentence = `No archive answers at ${this.url}: start it ("holdfast archive start"), or name its address with --archive.`;
      throw new HoldfastError('archive-unreachable', sentence, {}, { cause });
    });
    const json = (await answer.json().catch(() => undefined)) as Record<string, unknown> | undefined;
    if (answer.ok && json !== undefined) return json;
    const { code, detail } = json ?? {};
    if (typeof code === 'string' && isErrorCode(code))
      throw new HoldfastError(code, sentenceFor(code, String(detail)));
    throw new HoldfastError('answer-invalid', `What answers at ${this.url} is no archive of this version.`);
  }
}

function sentenceFor(code: string, detail: string): string {
  // What clients are told to do about such a code is no help here.
  if (code === 'archive-foreign')
    return `${detail.replace(/\.$/, '')}. Check the URL and the id (--archive names this side's archive).`;
  if (code !== 'archive-unreachable' && code !== 'address-refused' && code !== 'request-timeout')
    return detail;
  // Not the archive that was asked, but the one that it asked.
  return `${detail.replace(/\.$/, '')}: check the URL (--archive names this side's archive), and that the other one runs.`;
}
