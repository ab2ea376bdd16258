/**
 * What a node does for others, and how often it floods (spec/dht.md, "Bounds"): a server answers more than an observer.
 * Nobody uses up what is there for everybody: a contact has an allowance of its own, which is a share of the whole and
 * shrinks with what is left of the whole, so that some greedy ones leave something for those that ask for little.
 * Refusing costs too, so that it has an end as well.
 */
import type { Sender } from '../contacts/contact.js';
import { dhtLimits } from '../limits.js';
import type { NodeContext } from '../node/context.js';
import { TokenBucket, TokenBuckets, type Allowance } from './token-buckets.js';

/** `refuse`: answered with `busy`. `drop`: not answered at all. */
export type Admission = 'answer' | 'refuse' | 'drop';

/** Of what an answer costs: less, so that who asks a little too often still gets most answers. */
const refusalCost = 0.25;

interface Allowances {
  readonly role: string;
  readonly whole: TokenBucket;
  readonly each: TokenBuckets;
  readonly floods: TokenBucket;
}

export class Load {
  #allowances: Allowances | undefined;

  constructor(private readonly context: Pick<NodeContext, 'role' | 'settings' | 'nowMs'>) {}

  /** How many contacts are accounted for. */
  get contacts(): number {
    return this.#allowances?.each.size ?? 0;
  }

  /** Called once for every request that comes. */
  admit(from: Sender): Admission {
    const { whole, each } = this.#now();
    const { nowMs } = this.context;
    const share = each.allowance.burst;
    const used = share - each.level(from.id.text, nowMs);
    const left = whole.level(nowMs) / whole.allowance.burst;
    if (used < share * left && whole.take(1, nowMs)) {
      each.take(from.id.text, 1, nowMs, -1);
      return 'answer';
    }
    const floor = -dhtLimits.loadRefusalsMax * refusalCost;
    return each.take(from.id.text, refusalCost, nowMs, floor) ? 'refuse' : 'drop';
  }

  /** Whether a flood of one's own may begin; if so, it is counted. */
  mayFlood(): boolean {
    return this.#now().floods.take(1, this.context.nowMs);
  }

  #now(): Allowances {
    if (this.#allowances?.role === this.context.role) return this.#allowances;
    const floods = {
      perSecond: this.context.settings.floodsPerMinuteMax / 60,
      burst: this.context.settings.floodsPerMinuteMax,
    };
    this.#allowances = {
      role: this.context.role,
      whole: new TokenBucket(this.#allowanceOf(1)),
      each: new TokenBuckets(this.#allowanceOf(dhtLimits.loadShareMax), dhtLimits.loadContactsMax),
      // A change of role does not begin them anew.
      floods: this.#allowances?.floods ?? new TokenBucket(floods),
    };
    return this.#allowances;
  }

  #allowanceOf(share: number): Allowance {
    const { settings, role } = this.context;
    const { requestsPerSecondMax, requestsBurstMax } = settings;
    const part = role === 'server' ? share : share * settings.observerLoadShare;
    return {
      perSecond: requestsPerSecondMax * part,
      burst: Math.max(1, Math.floor(requestsBurstMax * part)),
    };
  }
}
