/**
 * A link between two archives that have proved who they are (spec/gossip.md, "Links"): both greet, and then each asks and
 * answers. What goes wrong ends this link, with a code, and no other.
 */
import { HoldfastError, type Scope } from '@holdfast/protocol';
import { Fetching } from './fetching.js';
import { frameOfError, frameOfHello, parseFrame, type Frame, type Hello } from './frames.js';
import { Life, type LinkEnd } from './life.js';
import { gossipLimits } from './limits.js';
import type {
  AgreedScope,
  Channel,
  DepartureStore,
  PeerExchange,
  ProgressStore,
  RecordStore,
  Surroundings,
} from './ports.js';
import { Questions } from './questions.js';
import { agree, coversListsOf, scopeNameOf } from './scope.js';
import { ComparesBegun } from './serving/compares-begun.js';
import { Server } from './serving/server.js';
import { Slots } from './slots.js';
import { LinkCounts, type LinkStats } from './stats.js';
import { Bodies } from './taking/bodies.js';
import { Comparer, type Comparison } from './taking/compare.js';
import { Cursors } from './taking/cursors.js';
import { DeparturesTaker } from './taking/departures.js';
import { ExchangeTaker } from './taking/exchange.js';
import { Intake } from './taking/intake.js';
import { NewsTaker } from './taking/news.js';
import { RecordsTaker } from './taking/records.js';
import { Repairs } from './taking/repairs.js';
import { SnapshotTaker } from './taking/snapshot.js';
import { Wire } from './wire.js';

/** Versions of what is said over a link. */
const versions = [1];

/** What all links of one archive share. */
export class LinkShared {
  readonly fetching = new Fetching();
  /** First meetings are one at a time. */
  readonly firstMeetings = new Slots(1);
  readonly compares = new Slots(gossipLimits.comparesMax);
  /** By peers, here. */
  readonly comparesBegun = new ComparesBegun();
}

export interface LinkOptions {
  readonly channel: Channel;
  /** The peer's id, which it has proved. */
  readonly peerId: string;
  readonly records: RecordStore;
  readonly departures: DepartureStore;
  /** How far this archive is with this peer. */
  readonly progress: ProgressStore;
  readonly exchange: PeerExchange;
  readonly own: { readonly scope: Scope; horizon(): number | undefined };
  readonly shared: LinkShared;
  readonly surroundings: Surroundings;
}

export interface Link {
  readonly peerId: string;
  /** A text frame of the other side, in order. Never throws. */
  received(frame: string): void;
  /** The connection is over. */
  closed(error?: HoldfastError): void;
  /** Resolves when everything that the link was doing has ended. Never rejects. */
  readonly ended: Promise<LinkEnd>;
  readonly stats: LinkStats;
  /**
   * Compares the sets now.
   * @param options `fetch`: bring what is missing here, as comparisons of the link itself do; else only look
   * @throws HoldfastError `unavailable` when the link is over, or what the peer answered
   */
  compareNow(options?: { readonly fetch?: boolean }): Promise<Comparison>;
  /** In good order, or for a reason that the peer is told. */
  close(error?: HoldfastError): void;
}

export function openLink(options: LinkOptions): Link {
  return new GossipLink(options);
}

class GossipLink implements Link {
  readonly #life: Life;
  readonly #wire: Wire;
  readonly #questions: Questions;
  readonly #counts = new LinkCounts();
  readonly #sinceMs: number;
  /** Resolves when the own greeting is on its way, which nothing must precede, or when the link is over. */
  readonly #hasGreeted: Promise<void>;
  readonly #takeBackGreeting: () => void;
  #greeted: Greeted | undefined;
  readonly #untilGreeted: (() => void)[] = [];

  constructor(private readonly options: LinkOptions) {
    const { channel, surroundings } = options;
    this.#life = new Life(surroundings, (end) => this.#finish(end));
    this.#wire = new Wire(channel, this.#life);
    this.#questions = new Questions(this.#wire, this.#life);
    this.#sinceMs = surroundings.nowMs();
    this.#takeBackGreeting = this.#life.deadlines.after(gossipLimits.answerMsMax, () =>
      this.#life.fail(new HoldfastError('request-timeout', 'The peer has not greeted in time.')),
    );
    this.#hasGreeted = new Promise((resolve) => {
      this.#life.run(() => this.#sayHello().finally(resolve));
    });
  }

  get peerId(): string {
    return this.options.peerId;
  }

  get ended(): Promise<LinkEnd> {
    return this.#life.ended;
  }

  get stats(): LinkStats {
    const { theirLast, ...counts } = this.#counts;
    const cursors = this.#greeted?.cursors;
    return {
      ...counts,
      sinceMs: this.#sinceMs,
      lastHeardMs: this.#questions.lastHeardMs,
      bytesOut: this.#wire.bytesOut,
      lagRecords: cursors === undefined ? undefined : Math.max(0, theirLast - cursors.records),
    };
  }

  received(frame: string): void {
    if (this.#life.isOver) return;
    this.#counts.bytesIn += frame.length;
    this.#questions.lastHeardMs = this.#life.surroundings.nowMs();
    try {
      if (this.#greeted === undefined && frame.length > gossipLimits.greetingLengthMax) {
        throw new HoldfastError('peer-misbehaved', 'The greeting is too long.');
      }
      const parsed = parseFrame(frame);
      if (!parsed.ok) throw new HoldfastError(parsed.code, parsed.detail);
      this.#take(parsed.value);
    } catch (error) {
      this.#life.fail(error);
    }
  }

  closed(error?: HoldfastError): void {
    if (error === undefined) this.#life.finish({ by: 'them' });
    else this.#life.finish({ code: error.code, detail: error.message, by: 'them' });
  }

  close(error?: HoldfastError): void {
    if (error === undefined) this.#life.finish({ by: 'us' });
    else this.#life.fail(error);
  }

  async compareNow({ fetch = true }: { readonly fetch?: boolean } = {}): Promise<Comparison> {
    try {
      if (this.#greeted === undefined && !this.#life.isOver) {
        await new Promise<void>((resolve) => this.#untilGreeted.push(resolve));
      }
      this.#life.check();
      return await this.#greeted!.comparer.compare(fetch);
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      throw new HoldfastError('unavailable', 'The link to the peer is over.', {}, { cause: error });
    }
  }

  async #sayHello(): Promise<void> {
    const { records, own } = this.options;
    const last = await this.#life.persist(() => records.lastSeq());
    const horizon = own.horizon() ?? null;
    await this.#wire.send(frameOfHello({ versions, scope: own.scope, horizon, last }));
  }

  #take(frame: Frame): void {
    switch (frame.kind) {
      case 'hello':
        return this.#greet(frame.hello);
      case 'error':
        if (frame.n !== undefined) return this.#questions.refused(frame.n, frame.code, frame.detail);
        return this.#life.finish({ code: frame.code, detail: frame.detail, by: 'them' });
      case 'answer':
        return this.#questions.answered(frame.n, frame.body);
      case 'question':
        if (this.#greeted === undefined)
          throw new HoldfastError('peer-misbehaved', 'It did not greet first.');
        return this.#greeted.server.take(frame.n, frame.question);
    }
  }

  #greet(hello: Hello): void {
    if (this.#greeted !== undefined) throw new HoldfastError('peer-misbehaved', 'It greeted twice.');
    this.#takeBackGreeting();
    if (!hello.versions.some((version) => versions.includes(version))) {
      throw new HoldfastError('unavailable', `The peer speaks none of the versions ${versions.join(', ')}.`);
    }
    const agreed = agree(this.options.own.scope, hello.scope);
    const greeted = partsOf(this.options, agreed, hello, {
      life: this.#life,
      wire: this.#wire,
      questions: this.#questions,
      counts: this.#counts,
    });
    this.#greeted = greeted;
    this.#counts.theirLast = hello.last;
    for (const go of this.#untilGreeted.splice(0)) go();
    this.#life.run(async () => {
      const stage = await greeted.cursors.load();
      // The peer's greeting may come while this side still looks up what is in its own.
      await this.#hasGreeted;
      this.#life.check();
      this.#life.run(() => greeted.taker.run(stage));
      this.#life.run(() => greeted.departures.follow());
      this.#life.run(() => greeted.exchange.follow());
    });
  }

  #finish({ code, detail, by }: LinkEnd): Promise<void> {
    const { channel } = this.options;
    if (by === 'us' && code !== undefined) this.#wire.sendLast(frameOfError(undefined, code, detail ?? ''));
    if (by === 'us') channel.close(code, detail);
    else channel.close();
    this.#questions.close();
    for (const go of this.#untilGreeted.splice(0)) go();
    this.#greeted?.server.close();
    return this.#greeted?.cursors.close() ?? Promise.resolve();
  }
}

interface Greeted {
  readonly server: Server;
  readonly cursors: Cursors;
  readonly comparer: Comparer;
  readonly taker: RecordsTaker;
  readonly departures: DeparturesTaker;
  readonly exchange: ExchangeTaker;
}

interface Base {
  readonly life: Life;
  readonly wire: Wire;
  readonly questions: Questions;
  readonly counts: LinkCounts;
}

function partsOf(options: LinkOptions, agreed: AgreedScope, hello: Hello, base: Base): Greeted {
  const { records, departures, exchange, progress, shared } = options;
  const { life, wire, questions, counts } = base;
  const mayCompare = () => shared.comparesBegun.begin(options.peerId, life.surroundings.nowMs());
  const cursors = new Cursors(progress, life, scopeNameOf(agreed));
  // Whoever keeps a part of what is kept here says nothing of the rest.
  const isCovered = coversListsOf(hello.scope, options.own.scope);
  const horizonHere = isCovered ? (hello.horizon ?? undefined) : undefined;
  const intake = new Intake(records, life);
  const bodies = new Bodies(records, shared.fetching, questions, intake, life, counts);
  const comparer = new Comparer(records, agreed, questions, bodies, shared.compares, life, counts);
  const taker = new RecordsTaker({
    records,
    agreed,
    questions,
    cursors,
    snapshot: new SnapshotTaker(questions, intake, cursors, life, counts),
    news: new NewsTaker(questions, bodies, cursors, life, counts),
    theirLast: hello.last,
    repairs: new Repairs(comparer, progress, horizonHere, life),
    firstMeetings: shared.firstMeetings,
    life,
    counts,
  });
  return {
    server: new Server({ records, departures, exchange, agreed, wire, life, counts, mayCompare }),
    cursors,
    comparer,
    taker,
    departures: new DeparturesTaker(departures, questions, cursors, life),
    exchange: new ExchangeTaker(exchange, questions, life),
  };
}
