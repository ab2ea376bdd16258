/** A scripted archive that keeps crates: takes them, hands them to whoever collects, and lets them go on a receipt. */
import { crateIdOf, decodeBase64url, parseEnvelope, type Answer, type CrateStatus } from '@holdfast/protocol';
import { ScriptedArchive } from './scripted-archive.js';

export interface KeptCrate {
  readonly mailbox: string;
  readonly envelope: string;
  status: CrateStatus['status'];
  proof?: string;
}

export class CrateArchive extends ScriptedArchive {
  readonly crates = new Map<string, KeptCrate>();
  readonly #collectors = new Map<string, (crate: string, kept: KeptCrate) => void>();

  constructor(id: string, url: string) {
    super(id, url);
    this.handlers = {
      deposit: async ({ n, envelope }, say) => {
        const parsed = parseEnvelope(decodeBase64url(envelope)!);
        if (!parsed.ok) throw new Error(parsed.detail);
        const { mailbox } = parsed.value;
        const crate = await crateIdOf(decodeBase64url(envelope)!);
        const kept = this.crates.get(crate) ?? { mailbox, envelope, status: 'accepted' };
        this.crates.set(crate, kept);
        say({ op: 'deposited', n, crate, status: 'accepted', custody: '' });
        this.#collectors.get(mailbox)?.(crate, kept);
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
      ack: ({ n, crate, secret }, say) => say(this.#leave(n, crate, 'delivered', secret)),
      discard: ({ n, crate }, say) => say(this.#leave(n, crate, 'discarded')),
      recall: ({ n, crate }, say) => say(this.#leave(n, crate, 'recalled')),
      status: ({ n, crates }, say) =>
        say({ op: 'statuses', n, statuses: crates.map((crate) => this.statusOf(crate)) }),
    };
  }

  statusOf(crate: string): CrateStatus {
    const kept = this.crates.get(crate);
    if (kept === undefined) return { crate, status: 'unknown' };
    const { status, proof } = kept;
    return { crate, status, ...(proof === undefined ? {} : { proof }) };
  }

  /** How many requests of that kind have come. */
  count(op: string): number {
    return this.requests.filter((request) => request.op === op).length;
  }

  #leave(n: number, crate: string, status: CrateStatus['status'], proof?: string): Answer {
    const kept = this.crates.get(crate);
    if (kept === undefined) {
      return { op: 'error', n, code: 'crate-not-found', detail: 'Not here.', retryable: false };
    }
    if (kept.status === 'accepted') Object.assign(kept, { status, proof });
    return { op: 'crate-status', n, ...this.statusOf(crate) };
  }
}
