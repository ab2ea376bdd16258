/**
 * An overlay in memory, as crates see it: what is announced is found by everybody at once, and whoever is there can be
 * reached. It brings envelopes and proofs, and does what real paths do: a client that is away is not reached.
 */
import type { SigningKey } from '@holdfast/protocol';
import type {
  DirectDelivery,
  DirectOutcome,
  DirectProof,
  TakeCrate,
} from '../src/overlay/direct/direct-delivery.js';

export class Strait {
  /** What was handed over, and what was answered. */
  readonly crates: Uint8Array[] = [];
  readonly proofs: DirectProof[] = [];
  /** Whether a proof on its way gets lost. */
  losesProofs = false;
  readonly #ends: StraitEnd[] = [];
  #isOpen = true;

  /** Another client. */
  end(): StraitEnd {
    const end = new StraitEnd(this, `node ${this.#ends.length}`);
    this.#ends.push(end);
    return end;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (isOpen) for (const end of this.#ends) end.becameAvailable();
  }

  announcing(mailbox: string): readonly StraitEnd[] {
    return this.#isOpen ? this.#ends.filter((end) => end.announced.includes(mailbox)) : [];
  }

  answer(to: StraitEnd, proof: DirectProof): void {
    this.proofs.push(proof);
    if (this.#isOpen && !this.losesProofs) to.heard(proof);
  }
}

export class StraitEnd implements DirectDelivery {
  announced: readonly string[] = [];
  taker: TakeCrate | undefined;
  readonly #available = new Set<() => void>();
  readonly #proofs = new Set<(proof: DirectProof) => void>();

  constructor(
    private readonly strait: Strait,
    private readonly id: string,
  ) {}

  get available(): boolean {
    return this.strait.isOpen;
  }

  onAvailable(listener: () => void): () => void {
    this.#available.add(listener);
    return () => this.#available.delete(listener);
  }

  announce(mailboxes: readonly SigningKey[]): void {
    this.announced = mailboxes.map(({ publicKey }) => publicKey);
  }

  async send(mailbox: string, envelope: Uint8Array<ArrayBuffer>): Promise<DirectOutcome> {
    const found = this.strait.announcing(mailbox).filter((end) => end !== this);
    if (found.length === 0) return this.strait.isOpen ? 'unknown' : 'unreachable';
    this.strait.crates.push(envelope);
    const answer = (proof: DirectProof): Promise<void> => Promise.resolve(this.strait.answer(this, proof));
    const outcomes = await Promise.allSettled(
      found.map(async ({ taker }) => taker?.(envelope.slice(), { id: this.id, answer })),
    );
    const isTaken = outcomes.some((each) => each.status === 'fulfilled' && each.value === 'taken');
    return isTaken ? 'taken' : 'refused';
  }

  onCrate(taker: TakeCrate): () => void {
    this.taker = taker;
    return () => {
      this.taker = undefined;
    };
  }

  onProof(listener: (proof: DirectProof) => void): () => void {
    this.#proofs.add(listener);
    return () => this.#proofs.delete(listener);
  }

  heard(proof: DirectProof): void {
    for (const listener of this.#proofs) listener(proof);
  }

  becameAvailable(): void {
    for (const listener of this.#available) listener();
  }
}
