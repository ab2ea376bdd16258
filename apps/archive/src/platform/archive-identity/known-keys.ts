/**
 * The later keys of other archives (spec/peers.md, "Keys"). A key that is not known is looked for in the JWKS of its
 * archive: at the address that the operator gave for a peer, else at the one that the archive names itself, with the
 * rules for strangers' addresses. A chain proves itself from the archive's id, so whoever hands it over need not be
 * trusted; one that is known is only ever extended. Fetches are few: one at a time and one a minute for an address.
 */
import type { OnApplicationShutdown } from '@nestjs/common';
import { limits, verifyEndorsements } from '@holdfast/protocol';
import * as z from 'zod/mini';
import { archiveLimits } from '../../limits.js';
import { doorOf, jsonOf } from '../outgoing/introductions.js';
import type { PeerRequests } from '../outgoing/peer-requests.js';

/** Keeps the keys of some archives for longer than this process runs. */
export interface KeyKeeper {
  keys(
    archive: string,
  ): Promise<{ readonly url: string | undefined; readonly endorsements: readonly string[] } | undefined>;
  keepKeys(archive: string, endorsements: readonly string[]): Promise<void>;
}

interface Chain {
  readonly keys: readonly string[];
  readonly endorsements: readonly string[];
}

const jwksSchema = z.object({
  keys: z
    .array(z.object({ endorsement: z.optional(z.string().check(z.maxLength(limits.endorsementLengthMax))) }))
    .check(z.maxLength(limits.archiveKeysMax)),
});

export interface KnownKeysInit {
  /** To addresses that strangers name, and to those that the operator has named. */
  readonly strangers: Pick<PeerRequests, 'send' | 'close'>;
  readonly operators: Pick<PeerRequests, 'send' | 'close'>;
  /** By a clock that nobody sets. */
  readonly nowMs?: () => number;
}

export class KnownKeys implements OnApplicationShutdown {
  private readonly known = new Map<string, Chain>();
  /** When an address was last asked for an archive's keys, and the asking that is under way. */
  private readonly askedAt = new Map<string, number>();
  private readonly asking = new Map<string, { readonly answer: Promise<void>; waiting: number }>();
  private keeper: KeyKeeper | undefined;

  constructor(private readonly init: KnownKeysInit) {}

  keptBy(keeper: KeyKeeper): void {
    this.keeper = keeper;
  }

  onApplicationShutdown(): void {
    this.init.strangers.close();
    this.init.operators.close();
  }

  /**
   * @param url where the archive says that it is
   * @param shown endorsements that came along with the key
   */
  async belongs(
    archive: string,
    key: string,
    url: string | undefined,
    shown: readonly string[] = [],
  ): Promise<boolean> {
    const isKnown = () => key === archive || this.known.get(archive)?.keys.includes(key) === true;
    if (isKnown()) return true;
    const kept = await this.keeper?.keys(archive);
    if (kept !== undefined) await this.learn(archive, kept.endorsements);
    if (isKnown()) return true;
    if (await this.learn(archive, shown)) await this.keeper?.keepKeys(archive, shown);
    if (isKnown()) return true;
    if (kept?.url !== undefined) await this.ask(archive, kept.url, 'operators');
    else if (url !== undefined) await this.ask(archive, url, 'strangers');
    return isKnown();
  }

  private async ask(archive: string, url: string, road: 'strangers' | 'operators'): Promise<void> {
    const name = `${archive} ${url}`;
    const underWay = this.asking.get(name);
    if (underWay !== undefined) {
      // Who waits keeps a place at a door: one address that is slow must not take all of them.
      if (underWay.waiting >= archiveLimits.keyFetchWaitersMax) return undefined;
      underWay.waiting += 1;
      return underWay.answer;
    }
    const now = (this.init.nowMs ?? (() => performance.now()))();
    const last = this.askedAt.get(name);
    const isFull = road === 'strangers' && this.asking.size >= archiveLimits.keyFetchesAtOnce;
    if (isFull || (last !== undefined && now - last < archiveLimits.keyFetchEveryMs)) return undefined;
    remember(this.askedAt, name, now, archiveLimits.keyFetchesKeptMax);
    const answer = this.fetch(archive, url, road).finally(() => this.asking.delete(name));
    this.asking.set(name, { answer, waiting: 1 });
    return answer;
  }

  /** Whoever cannot be reached, or answers with something else, shows no keys. */
  private async fetch(archive: string, url: string, road: 'strangers' | 'operators'): Promise<void> {
    const answer = await this.init[road]
      .send({
        method: 'GET',
        url: doorOf(url, '/.well-known/jwks.json'),
        answerBytesMax: archiveLimits.peerIntroductionBytesMax,
        msMax: archiveLimits.peerIntroductionMsMax,
      })
      .catch(() => undefined);
    if (answer?.status !== 200) return;
    const jwks = jwksSchema.safeParse(jsonOf(answer.body));
    if (!jwks.success) return;
    const endorsements = jwks.data.keys.flatMap(({ endorsement }) => endorsement ?? []);
    if (await this.learn(archive, endorsements)) await this.keeper?.keepKeys(archive, endorsements);
  }

  /** @returns whether there was something to learn */
  private async learn(archive: string, endorsements: readonly string[]): Promise<boolean> {
    const known = this.known.get(archive)?.endorsements ?? [];
    const isLonger = endorsements.length > known.length;
    if (!isLonger || !known.every((each, index) => endorsements[index] === each)) return false;
    const verified = await verifyEndorsements(archive, endorsements);
    if (!verified.ok) return false;
    const chain = { keys: verified.value, endorsements };
    remember(this.known, archive, chain, archiveLimits.knownKeyChainsMax);
    return true;
  }
}

/** What was put in first makes room. */
function remember<Value>(map: Map<string, Value>, name: string, value: Value, countMax: number): void {
  map.delete(name);
  if (map.size >= countMax) map.delete(map.keys().next().value!);
  map.set(name, value);
}
