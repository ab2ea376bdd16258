/**
 * How one direct link comes about and ends (spec/direct.md, "Making a link"): sans-IO, every call brings the time along,
 * and leaves behind effects, which are carried out in their order. An attempt is one connection of one offer and one
 * answer. When both sides offer at once, the offer of the lesser node id stands, and the other side answers it.
 */
import { linkLimits } from './link-limits.js';
import { attemptMax, type Candidate, type Signal } from './signal.js';

/** `failed`: no working path any more; `left`: the other side ended it; `asked`: this side did; else what it sent. */
export type LinkEnd = 'asked' | 'left' | 'failed' | 'malformed' | 'too-large' | 'too-much';

/** Whether the other side has sent what no client sends. */
export const isAbuse = (why: LinkEnd): boolean =>
  why === 'malformed' || why === 'too-large' || why === 'too-much';

export type LinkEffect =
  /** Open a connection: to answer this offer, or to make one. */
  | { readonly do: 'dial'; readonly attempt: number; readonly offer?: string }
  | { readonly do: 'hang-up'; readonly attempt: number }
  | { readonly do: 'answered'; readonly attempt: number; readonly sdp: string }
  | { readonly do: 'reachable-at'; readonly attempt: number; readonly candidates: readonly Candidate[] }
  | { readonly do: 'signal'; readonly signal: Signal }
  | { readonly do: 'opened' }
  /** Of a link that was open. */
  | { readonly do: 'closed'; readonly why: LinkEnd };

/** `over`: nothing is waited for any more. */
export type LinkPhase = 'new' | 'connecting' | 'waiting' | 'open' | 'over';

export interface NegotiationInit {
  /** This side has the greater id. */
  readonly yields: boolean;
  /** 0 <= it < 1 */
  readonly random: () => number;
}

type Offer = Extract<Signal, { readonly sdp: string }>;

interface Attempt {
  readonly id: number;
  readonly role: 'offers' | 'answers';
  readonly until: number;
  /** The other side's description is here. */
  isAnswered: boolean;
  isOpen: boolean;
  /** Where the other side may be reached, as long as it is too early for that. */
  readonly early: Candidate[];
  /** When this side, which has answered, begins to look for the other. */
  reachAt: number | undefined;
  taken: number;
  told: number;
  /** Own candidates that have not been told. */
  readonly untold: Candidate[];
  isGathered: boolean;
  /** The own description. */
  sdp: string | undefined;
  isDescriptionTold: boolean;
  tellAt: number | undefined;
  waveringUntil: number | undefined;
}

export class LinkNegotiation {
  #effects: LinkEffect[] = [];
  #attempt: Attempt | undefined;
  #phase: LinkPhase = 'new';
  #offersLeft = 0;
  #retryAt: number | undefined;
  /** This side has asked for a link, and there has been none since. */
  #isOwn = false;

  constructor(private readonly init: NegotiationInit) {}

  get phase(): LinkPhase {
    return this.#phase;
  }

  /** All attempts of a `connect` have been in vain. */
  get hasFailed(): boolean {
    return this.#phase === 'over' && this.#offersLeft === 0 && this.#isOwn;
  }

  takeEffects(): readonly LinkEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  nextDeadline(): number | undefined {
    const { until, isOpen, tellAt, reachAt, waveringUntil } = this.#attempt ?? {};
    const times = [isOpen === false ? until : undefined, tellAt, reachAt, waveringUntil, this.#retryAt];
    const next = Math.min(...times.map((time) => time ?? Infinity));
    return next === Infinity ? undefined : next;
  }

  connect(nowMs: number): void {
    if (this.#phase !== 'new' && this.#phase !== 'over') return;
    this.#isOwn = true;
    this.#offersLeft = linkLimits.attemptsMax;
    this.#offer(nowMs);
  }

  signalled(signal: Signal, nowMs: number): void {
    const attempt = this.#attempt;
    if (signal.kind === 'offer') return this.#offered(signal, nowMs);
    if (attempt?.id !== signal.attempt) return;
    switch (signal.kind) {
      case 'answer':
        if (attempt.role === 'answers' || attempt.isAnswered) return;
        attempt.isAnswered = true;
        this.#effects.push({ do: 'answered', attempt: attempt.id, sdp: signal.sdp });
        return this.#told(attempt, signal.candidates);
      case 'candidates':
        return this.#told(attempt, signal.candidates);
      case 'bye':
        return this.#lost('left', nowMs);
    }
  }

  /** The connection's own description. It is held back for a moment: candidates that come along save a way. */
  described(id: number, sdp: string, nowMs: number): void {
    const attempt = this.#of(id);
    if (attempt === undefined || attempt.sdp !== undefined) return;
    attempt.sdp = sdp;
    attempt.tellAt = attempt.isGathered ? nowMs : nowMs + linkLimits.candidatesGatheredMs;
    this.#tellDue(attempt, nowMs);
  }

  /** There will be no further candidates. */
  gathered(id: number, nowMs: number): void {
    const attempt = this.#of(id);
    if (attempt === undefined) return;
    attempt.isGathered = true;
    if (attempt.tellAt !== undefined) attempt.tellAt = nowMs;
    this.#tellDue(attempt, nowMs);
  }

  /** Where the connection may be reached. */
  reachable(id: number, candidate: Candidate, nowMs: number): void {
    const attempt = this.#of(id);
    if (attempt === undefined || attempt.told >= linkLimits.candidatesMax) return;
    attempt.told++;
    attempt.untold.push(candidate);
    // They mean nothing to the other side before the description.
    if (attempt.sdp !== undefined) attempt.tellAt ??= nowMs + linkLimits.candidatesGatheredMs;
  }

  opened(id: number): void {
    const attempt = this.#of(id);
    if (attempt === undefined || attempt.isOpen) return;
    attempt.isOpen = true;
    this.#isOwn = false;
    this.#phase = 'open';
    this.#effects.push({ do: 'opened' });
  }

  wavering(id: number, isWavering: boolean, nowMs: number): void {
    const attempt = this.#of(id);
    if (attempt === undefined) return;
    if (isWavering) attempt.waveringUntil ??= nowMs + linkLimits.waveringMs;
    else attempt.waveringUntil = undefined;
  }

  /** The connection has ended, or could not be opened. */
  ended(id: number, nowMs: number): void {
    const attempt = this.#of(id);
    if (attempt !== undefined) this.#lost(attempt.isOpen ? 'left' : 'failed', nowMs);
  }

  /** This side ends it, for good. */
  end(why: LinkEnd): void {
    const attempt = this.#attempt;
    // An open one is seen to end.
    if (attempt?.isOpen === false) this.#signal({ kind: 'bye', attempt: attempt.id });
    this.#drop(why);
    this.#retryAt = undefined;
    this.#isOwn = false;
    this.#phase = 'over';
  }

  advance(nowMs: number): void {
    const attempt = this.#attempt;
    if (attempt !== undefined) this.#tellDue(attempt, nowMs);
    if (attempt?.reachAt !== undefined && attempt.reachAt <= nowMs) {
      attempt.reachAt = undefined;
      this.#reach(attempt);
    }
    const isLate = attempt !== undefined && !attempt.isOpen && attempt.until <= nowMs;
    const isSilent = attempt?.waveringUntil !== undefined && attempt.waveringUntil <= nowMs;
    if (isLate || isSilent) this.#lost('failed', nowMs);
    if (this.#retryAt !== undefined && this.#retryAt <= nowMs) this.#offer(nowMs);
  }

  #of(id: number): Attempt | undefined {
    return this.#attempt?.id === id ? this.#attempt : undefined;
  }

  #offer(nowMs: number): void {
    this.#offersLeft--;
    const id = Math.floor(this.init.random() * (attemptMax + 1));
    this.#begin(id, 'offers', nowMs);
    this.#effects.push({ do: 'dial', attempt: id });
  }

  #offered({ attempt: id, sdp, candidates }: Offer, nowMs: number): void {
    const attempt = this.#attempt;
    if (attempt?.id === id) return;
    // Both have offered, and the other side will answer this one, or has already: its own offer may come late.
    if (attempt?.role === 'offers' && !this.init.yields && nowMs < attempt.until) return;
    // Whoever offers anew has lost what there was.
    this.#drop('left');
    const begun = this.#begin(id, 'answers', nowMs);
    this.#effects.push({ do: 'dial', attempt: id, offer: sdp });
    this.#told(begun, candidates);
  }

  #begin(id: number, role: Attempt['role'], nowMs: number): Attempt {
    this.#retryAt = undefined;
    this.#phase = 'connecting';
    const attempt: Attempt = {
      id,
      role,
      until: nowMs + linkLimits.connectMs,
      isAnswered: role === 'answers',
      isOpen: false,
      early: [],
      // A side that is found before it knows the answer may take the other for a stranger, and end the attempt.
      reachAt: role === 'answers' ? nowMs + linkLimits.answerHeadStartMs : undefined,
      taken: 0,
      told: 0,
      untold: [],
      isGathered: false,
      sdp: undefined,
      isDescriptionTold: false,
      tellAt: undefined,
      waveringUntil: undefined,
    };
    this.#attempt = attempt;
    return attempt;
  }

  #told(attempt: Attempt, candidates: readonly Candidate[]): void {
    const taken = candidates.slice(0, linkLimits.candidatesMax - attempt.taken);
    attempt.taken += taken.length;
    attempt.early.push(...taken);
    this.#reach(attempt);
  }

  #reach({ id, early, isAnswered, reachAt }: Attempt): void {
    if (!isAnswered || reachAt !== undefined || early.length === 0) return;
    this.#effects.push({ do: 'reachable-at', attempt: id, candidates: early.splice(0) });
  }

  #tellDue(attempt: Attempt, nowMs: number): void {
    const { id, role, sdp, untold, tellAt } = attempt;
    if (tellAt === undefined || tellAt > nowMs || sdp === undefined) return;
    attempt.tellAt = undefined;
    const some = (): Candidate[] => untold.splice(0, linkLimits.candidatesPerSignalMax);
    if (!attempt.isDescriptionTold) {
      attempt.isDescriptionTold = true;
      const kind = role === 'offers' ? 'offer' : 'answer';
      this.#signal({ kind, attempt: id, sdp, candidates: some() });
    }
    while (untold.length > 0) this.#signal({ kind: 'candidates', attempt: id, candidates: some() });
  }

  #lost(why: LinkEnd, nowMs: number): void {
    const wasOpen = this.#attempt?.isOpen === true;
    this.#drop(why);
    if (wasOpen || !this.#isOwn || this.#offersLeft === 0) {
      this.#phase = 'over';
      return;
    }
    const { retryMinMs, retryMaxMs } = linkLimits;
    this.#retryAt = nowMs + retryMinMs + this.init.random() * (retryMaxMs - retryMinMs);
    this.#phase = 'waiting';
  }

  #drop(why: LinkEnd): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#attempt = undefined;
    this.#effects.push({ do: 'hang-up', attempt: attempt.id });
    if (attempt.isOpen) this.#effects.push({ do: 'closed', why });
  }

  #signal(signal: Signal): void {
    this.#effects.push({ do: 'signal', signal });
  }
}
