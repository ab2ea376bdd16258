/**
 * Gives the archive no more frames than it has said that it carries for this node (spec/relay.md, "Bounds"), for what is
 * over that it drops without a word about which. What has to wait does so for a while and in bounded queues: this client's
 * own requests and its answers to others take turns, so that neither keeps the other waiting, and what only tends the
 * store comes between now and then. What is not sent in time is dropped and counted.
 */
import { dhtSettings, TokenBuckets, type Contact, type Message } from '@holdfast/dht';
import { limits } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { overlayLimits } from '../limits.js';
import type { RelayBudget } from '../membership/membership.js';
import { noFramesUnsent, type FramesUnsent } from '../overlay-contract.js';

/** What a frame is for. */
export type Cause = keyof FramesUnsent;

export interface RelayOutletParts {
  readonly clock: Clock;
  /** False when there is no archive to take it. */
  readonly relay: (to: Contact, frame: Uint8Array) => boolean;
}

interface Waiting {
  readonly to: Contact;
  readonly frame: Uint8Array;
  readonly sinceMs: number;
}

const turns: readonly Cause[] = ['own', 'answers', 'own', 'answers', 'upkeep'];

export class RelayOutlet {
  readonly #queues: Readonly<Record<Cause, Waiting[]>> = { own: [], answers: [], upkeep: [] };
  readonly #unsent: Record<Cause, number> = { ...noFramesUnsent };
  #budget: RelayBudget | undefined;
  #frames!: TokenBuckets;
  #bytes!: TokenBuckets;
  #floods!: TokenBuckets;
  #turn = 0;
  #nowMs = 0;
  #stopTimer: (() => void) | undefined;

  constructor(
    private readonly parts: RelayOutletParts,
    budget: RelayBudget,
  ) {
    this.joined(budget);
  }

  /** Frames that were dropped here, by what they were for. */
  get unsent(): FramesUnsent {
    return { ...this.#unsent };
  }

  /**
   * The budget is the node's, which a new join leaves as it is, unless the archive carries more or less by now. Less goes
   * at once than the archive lets pass: what was sent apart may come together there.
   */
  joined(budget: RelayBudget): void {
    const { framesPerSecond, bytesPerSecond, floodsPerMinute } = budget;
    if (this.#budget !== undefined && isSame(this.#budget, budget)) return;
    this.#budget = budget;
    const { relayBurstSeconds, relayFloodsBurstSeconds } = overlayLimits;
    this.#frames = bucket(framesPerSecond, relayBurstSeconds, 1);
    this.#bytes = bucket(bytesPerSecond, relayBurstSeconds, limits.nodeFrameBytesMax);
    this.#floods = bucket(floodsPerMinute / 60, relayFloodsBurstSeconds, 1);
  }

  send(to: Contact, frame: Uint8Array, cause: Cause): void {
    const sinceMs = this.#time();
    // Others' floods leave some of the budget to what is asked here.
    const kept = cause === 'own' ? 0 : this.#floods.allowance.burst * overlayLimits.relayFloodsKeptShare;
    if (isFlood(frame) && !this.#floods.take('', 1, sinceMs, kept)) return void this.#unsent[cause]++;
    this.#queues[cause].push({ to, frame, sinceMs });
    this.#bound(cause);
    if (this.#stopTimer === undefined) this.#flow();
  }

  end(): void {
    this.#stopTimer?.();
  }

  /** The oldest go first: the newest are the likeliest to be waited for still. */
  #bound(cause: Cause): void {
    const queue = this.#queues[cause];
    const { relayWaitingMax, relayWaitingBytesMax } = overlayLimits;
    let bytes = queue.reduce((sum, { frame }) => sum + frame.length, 0);
    while (queue.length > 1 && (queue.length > relayWaitingMax || bytes > relayWaitingBytesMax)) {
      bytes -= this.#drop(cause).frame.length;
    }
  }

  /** Hands over what the budget lets pass, in turn, and sees to it that the rest follows. */
  #flow(): void {
    const nowMs = this.#time();
    const overdue = ({ sinceMs }: Waiting): boolean => nowMs - sinceMs >= overlayLimits.relayWaitMaxMs;
    for (const cause of turns) while (this.#queues[cause].some(overdue)) this.#drop(cause);
    for (let cause = this.#next(); cause !== undefined; cause = this.#next()) {
      const { to, frame } = this.#queues[cause][0]!;
      const waitMs = Math.max(untilIn(this.#frames, 1, nowMs), untilIn(this.#bytes, frame.length, nowMs));
      if (waitMs > 0) {
        // Nobody waits longer, however little the archive carries.
        this.#stopTimer = this.parts.clock.after(Math.min(waitMs, overlayLimits.relayWaitMaxMs), () => {
          this.#stopTimer = undefined;
          this.#flow();
        });
        return;
      }
      this.#queues[cause].shift();
      this.#turn++;
      this.#frames.take('', 1, nowMs);
      this.#bytes.take('', frame.length, nowMs);
      if (!this.parts.relay(to, frame)) this.#unsent[cause]++;
    }
  }

  /** Whose turn it is of those that have something to say. */
  #next(): Cause | undefined {
    for (const _ of turns) {
      const cause = turns[this.#turn % turns.length]!;
      if (this.#queues[cause].length > 0) return cause;
      this.#turn++;
    }
    return undefined;
  }

  #drop(cause: Cause): Waiting {
    this.#unsent[cause]++;
    return this.#queues[cause].shift()!;
  }

  /** A clock that is set back fills nothing and empties nothing. */
  #time(): number {
    return (this.#nowMs = Math.max(this.#nowMs, this.parts.clock.now()));
  }
}

const isSame = (one: RelayBudget, other: RelayBudget): boolean =>
  one.framesPerSecond === other.framesPerSecond &&
  one.bytesPerSecond === other.bytesPerSecond &&
  one.floodsPerMinute === other.floodsPerMinute;

/** One of which everything is taken under one name. */
const bucket = (perSecond: number, seconds: number, least: number): TokenBuckets =>
  new TokenBuckets({ perSecond, burst: Math.max(perSecond * seconds, least) }, 1);

/** Never, when nothing fills it. */
function untilIn(tokens: TokenBuckets, amount: number, nowMs: number): number {
  const lacking = amount - tokens.level('', nowMs);
  return lacking <= 0 ? 0 : Math.ceil((lacking * 1_000) / tokens.allowance.perSecond);
}

/** As its second byte says, and as the archive counts it. */
const isFlood = (frame: Uint8Array): boolean => frame[1] === 1;

/** A flood that has all of its hops before it is one's own; others' have come a hop already. */
export function causeOf(message: Message): Cause {
  switch (message.kind) {
    case 'ping':
    case 'find':
    case 'deliver':
      return 'own';
    case 'flood':
      return message.depth >= dhtSettings.floodDepth - 1 ? 'own' : 'answers';
    case 'store':
      // A copy that is handed on keeps the time it has left.
      return message.leftSeconds === undefined ? 'own' : 'upkeep';
    case 'digest':
    case 'same':
    case 'marks':
    case 'lacking':
      return 'upkeep';
    default:
      return 'answers';
  }
}
