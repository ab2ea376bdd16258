/** Authors with real keys and records with real signatures: every store must tell them from forgeries. */
import {
  generatePrivateJwk,
  signingKeyFromJwk,
  signRecord,
  type HoldfastRecord,
  type RecordPayload,
  type SigningKey,
} from '@holdfast/protocol';

export class ContractAuthor {
  #made = 0;

  private constructor(
    private readonly key: SigningKey,
    private readonly now: number,
  ) {}

  static async make(now: number): Promise<ContractAuthor> {
    return new ContractAuthor(await signingKeyFromJwk(await generatePrivateJwk()), now);
  }

  get id(): string {
    return this.key.publicKey;
  }

  /** A record unlike all others of this author. */
  sign(more: Partial<RecordPayload> = {}, now = this.now): Promise<HoldfastRecord> {
    const payload = { collection: 'notes', iat: this.now, body: { made: ++this.#made }, ...more };
    return signRecord(payload, this.key, now);
  }

  async signMany(count: number, more: Partial<RecordPayload> = {}): Promise<HoldfastRecord[]> {
    const records: HoldfastRecord[] = [];
    for (let i = 0; i < count; i++) records.push(await this.sign(more));
    return records;
  }

  retract(...targets: readonly HoldfastRecord[]): Promise<HoldfastRecord> {
    return this.sign({ collection: 'retractions', refs: targets.map(({ id }) => id) });
  }

  /** One that was valid until an hour ago. */
  signExpired(): Promise<HoldfastRecord> {
    const iat = this.now - 7_200;
    return this.sign({ iat, exp: iat + 3_600 }, iat);
  }
}
