/** An archive of the test's own: a key, and what it asks of real archives, honestly or not. */
import { generatePrivateJwk } from '@holdfast/protocol';
import { ArchiveIdentity } from '../src/platform/archive-identity/archive-identity.js';
import { ArchiveTokens } from '../src/platform/archive-identity/archive-tokens.js';
import type { SampleCrate } from './crate-samples.js';

export interface DoorAnswer {
  readonly status: number;
  readonly body: { readonly code?: string; readonly crates?: readonly Record<string, unknown>[] };
}

export class ForeignArchive {
  private readonly tokens: ArchiveTokens;

  private constructor(readonly identity: ArchiveIdentity) {
    this.tokens = new ArchiveTokens(identity);
  }

  static async make(): Promise<ForeignArchive> {
    return new ForeignArchive(await ArchiveIdentity.of(await generatePrivateJwk()));
  }

  token(audience: string, atMs = Date.now()): Promise<string> {
    return this.tokens.issue(audience, 'http://127.0.0.1:9', atMs);
  }

  async offer(to: Reached, crates: readonly SampleCrate[]): Promise<DoorAnswer> {
    const offers = crates.map(({ id, envelope, expiryHour }) => ({
      crate: id,
      sizeBytes: envelope.length,
      expiryHour,
      holders: [],
    }));
    return ask(to, '/v1/crates/offers', { crates: offers }, await this.token(to.id));
  }

  async tell(to: Reached, crates: readonly object[]): Promise<DoorAnswer> {
    return ask(to, '/v1/crates/departures', { crates }, await this.token(to.id));
  }
}

export interface Reached {
  readonly url: string;
  readonly id: string;
}

/** @param content sent as JSON, or as it is when it is a text */
export async function ask(
  { url }: Reached,
  path: string,
  content: unknown,
  token?: string,
): Promise<DoorAnswer> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: typeof content === 'string' ? content : JSON.stringify(content),
  });
  return { status: response.status, body: (await response.json()) as DoorAnswer['body'] };
}
