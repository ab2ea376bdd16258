/**
 * A scripted archive that keeps crates: takes them and promises to hold them, hands them to whoever collects, lets them
 * go on a proof, and keeps the receipts log. What it is asked to bring elsewhere it brings when a test says so.
 */
import {
  crateIdOf,
  decodeBase64url,
  parseEnvelope,
  signCustody,
  signingKeyFromJwk,
  stateAfter,
  type Answer,
  type CrateStatus,
  type HeldCrateTerms,
  type PrivateJwk,
  type Released,
  type ReleasedEntry,
  type Request,
  type Way,
} from '@holdfast/protocol';
import { ScriptedArchive } from './scripted-archive.js';

export interface KeptCrate {
  readonly mailbox: string;
  readonly envelope: string;
  status: CrateStatus['status'];
  proof?: string;
  /** Its own custody receipt, and those of the archives that it brought the crate to. */
  readonly custody?: string[];
  /** URLs that it was asked to bring the crate to, and has not. */
  readonly toBring?: Set<string>;
  /** The hour of the log that it left in. */
  leftHour?: number;
}

export class CrateArchive extends ScriptedArchive {
  readonly crates = new Map<string, KeptCrate>();
  /** How far its clock is ahead, hours. */
  hoursAhead = 0;
  /** Entries in one answer from the receipts log. */
  entriesMax = 2048;
  readonly #collectors = new Map<string, (crate: string, kept: KeptCrate) => void>();

  constructor(
    private readonly key: PrivateJwk,
    url: string,
    id = key.x,
  ) {
    super(id, url);
    this.handlers = {
      deposit: async ({ n, envelope, bring = [] }, say) => {
        const { crate, kept } = await this.take(envelope);
        for (const target of bring) kept.toBring?.add(target);
        if (kept.status !== 'accepted') return say(refusal(n, 'crate-gone', 'It has left.'));
        say({ op: 'deposited', n, crate, status: 'accepted', custody: kept.custody?.[0] ?? '' });
        this.#collectors.get(kept.mailbox)?.(crate, kept);
      },
      collect: ({ n, mailbox }, say) => {
        const waiting = [...this.crates].filter(
          ([, kept]) => kept.mailbox === mailbox && kept.status === 'accepted',
        );
        const hand = (crate: string, { envelope }: KeptCrate): void =>
          say({ op: 'crate', n, crate, envelope });
        this.#collectors.set(mailbox, hand);
        say({ op: 'collecting', n, waiting: waiting.length });
        for (const [crate, kept] of waiting) hand(crate, kept);
      },
      ack: ({ n, crate, secret }, say) => say(this.#leave(n, crate, 'ack', secret)),
      discard: ({ n, crate, signature }, say) => say(this.#leave(n, crate, 'discard', signature)),
      recall: ({ n, crate, secret }, say) => say(this.#leave(n, crate, 'recall', secret)),
      status: ({ n, crates }, say) =>
        say({ op: 'statuses', n, statuses: crates.map((crate) => this.statusOf(crate)) }),
      receipts: ({ n, epoch = this.hour, shard }, say) =>
        say({ op: 'released', n, ...this.released(epoch, shard) }),
    };
  }

  /** The hour of its clock. */
  get hour(): number {
    return Math.floor(this.now() / 3_600_000) + this.hoursAhead;
  }

  protected override get clockSeconds(): number {
    return super.clockSeconds + this.hoursAhead * 3600;
  }

  /** Takes a crate in, from whomever. */
  async take(envelope: string): Promise<{ crate: string; kept: KeptCrate }> {
    const bytes = decodeBase64url(envelope)!;
    const parsed = parseEnvelope(bytes);
    if (!parsed.ok) throw new Error(parsed.detail);
    const { mailbox, expiryHour } = parsed.value;
    const crate = await crateIdOf(bytes);
    const terms = { crate, sizeBytes: bytes.length, expiryHour };
    const custody = [await this.promise(terms)];
    const kept: KeptCrate = this.crates.get(crate) ?? {
      mailbox,
      envelope,
      status: 'accepted',
      custody,
      toBring: new Set(),
    };
    this.crates.set(crate, kept);
    return { crate, kept };
  }

  /** A custody receipt of this archive. */
  async promise(terms: HeldCrateTerms): Promise<string> {
    return signCustody(terms, Math.floor(this.now() / 1000), await signingKeyFromJwk(this.key));
  }

  /** Brings what it was asked to bring to this archive. */
  async bringTo(target: CrateArchive): Promise<void> {
    for (const { envelope, toBring, custody } of this.crates.values()) {
      if (toBring?.has(target.url) !== true) continue;
      const { kept } = await target.take(envelope);
      custody?.push(kept.custody![0]!);
      toBring.delete(target.url);
    }
  }

  /** Lets a crate go as another archive has told it. */
  letGo(crate: string, way: Way, proof: string): void {
    const kept = this.crates.get(crate)!;
    if (kept.status === 'accepted') {
      Object.assign(kept, { status: stateAfter[way], proof, leftHour: this.hour });
    }
  }

  statusOf(crate: string): CrateStatus {
    const kept = this.crates.get(crate);
    if (kept === undefined) return { crate, status: 'unknown' };
    const { status, proof, custody = [], toBring = [] } = kept;
    const errands = [...toBring].map((url) => ({ url, attempts: 1, code: 'archive-unreachable' }));
    return { crate, status, custody, errands, ...(proof === undefined ? {} : { proof }) };
  }

  released(epoch: number, shard: string): Released {
    const left = [...this.crates].flatMap(([crate, { status, proof, leftHour }]) =>
      leftHour === undefined || proof === undefined || !hexOf(crate).startsWith(shard)
        ? []
        : [{ hour: leftHour, entry: { crate, status, proof } as ReleasedEntry }],
    );
    const entries = left.filter(({ hour }) => hour === epoch).map(({ entry }) => entry);
    const later = left.map(({ hour }) => hour).filter((hour) => hour > epoch);
    return {
      epoch,
      shard,
      entries: entries.slice(0, this.entriesMax),
      more: entries.length > this.entriesMax,
      now: this.hour,
      ...(later.length === 0 ? {} : { next: Math.min(...later) }),
    };
  }

  /** How many requests of that kind have come. */
  count(op: string): number {
    return this.requests.filter((request) => request.op === op).length;
  }

  /** The requests of that kind that have come. */
  asked<Op extends Request['op']>(op: Op): readonly Extract<Request, { op: Op }>[] {
    return this.requests.filter((request) => request.op === op) as Extract<Request, { op: Op }>[];
  }

  #leave(n: number, crate: string, way: Way, proof: string): Answer {
    if (!this.crates.has(crate)) return refusal(n, 'crate-not-found', 'Not here.');
    this.letGo(crate, way, proof);
    return { op: 'crate-status', n, ...this.statusOf(crate) };
  }
}

/** A crate id as the receipts log divides it. */
export const hexOf = (crate: string): string => Buffer.from(crate, 'base64url').toString('hex');

const refusal = (n: number, code: string, detail: string): Answer => ({
  op: 'error',
  n,
  code,
  detail,
  retryable: false,
});
