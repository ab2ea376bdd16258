/**
 * Who answers at a URL (`/.well-known/holdfast`), asked before anything is sent there and remembered for a while. Its
 * `time` tells how far that archive's clock is from ours, which is what tokens for it are dated by.
 */
import { decodePublicKey, HoldfastError, introductionSchema, type Introduction } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import type { PeerRequests } from './peer-requests.js';

export interface MetArchive {
  readonly url: string;
  readonly id: string;
  /** How far its clock is ahead of ours. */
  readonly clockAheadMs: number;
}

interface Remembered {
  readonly archive: MetArchive;
  /** By the clock that nobody sets. */
  readonly untilMs: number;
}

const protocolName = 'holdfast/1';

export class Introductions {
  private readonly remembered = new Map<string, Remembered>();

  constructor(private readonly requests: Pick<PeerRequests, 'send'>) {}

  /** @throws HoldfastError `archive-unreachable`, `request-timeout`, `answer-invalid`, `address-refused` */
  async meet(url: string): Promise<MetArchive> {
    const known = this.remembered.get(url);
    if (known !== undefined && performance.now() < known.untilMs) return known.archive;
    this.remembered.delete(url);
    const asked = Date.now();
    const { id, time } = await this.ask(url);
    // A second is the finest that is told: its middle is the best guess.
    const clockAheadMs = Math.round(time * 1000 + 500 - (asked + Date.now()) / 2);
    const archive = { url, id, clockAheadMs };
    if (this.remembered.size >= archiveLimits.introductionsMax) {
      this.remembered.delete(this.remembered.keys().next().value!);
    }
    this.remembered.set(url, { archive, untilMs: performance.now() + archiveLimits.introductionMsMax });
    return archive;
  }

  forget(url: string): void {
    this.remembered.delete(url);
  }

  /** Where an archive was met. */
  urlsOf(id: string): string[] {
    return [...this.remembered.values()]
      .filter(({ archive }) => archive.id === id)
      .map(({ archive }) => archive.url);
  }

  private async ask(url: string): Promise<Introduction> {
    const { status, body } = await this.requests.send({
      method: 'GET',
      url: doorOf(url, '/.well-known/holdfast'),
      answerBytesMax: archiveLimits.peerIntroductionBytesMax,
      msMax: archiveLimits.peerIntroductionMsMax,
    });
    const introduction = introductionSchema.safeParse(jsonOf(body));
    if (status !== 200 || !introduction.success) throw noArchive();
    const { id, protocols, time } = introduction.data;
    // Tokens are dated by it.
    const isTime = Number.isSafeInteger(Math.floor(time));
    if (!isTime || !protocols.includes(protocolName) || decodePublicKey(id) === undefined) throw noArchive();
    return introduction.data;
  }
}

export const doorOf = (url: string, path: string): string => `${url.replace(/\/+$/, '')}${path}`;

/** Undefined where it is no JSON. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const noArchive = (): HoldfastError =>
  new HoldfastError('answer-invalid', 'What answers at this address is no archive that speaks holdfast/1.');
