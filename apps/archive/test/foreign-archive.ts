/** An archive of the test's own: a key, and what it asks of real archives, honestly or not. */
import { generatePrivateJwk } from '@holdfast/protocol';
import { ArchiveIdentity } from '../src/platform/archive-identity/archive-identity.js';
import { ArchiveTokens, type TokenDoor } from '../src/platform/archive-identity/archive-tokens.js';
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

  /** @param content what is to be sent with it, in the form of `ask`, or an envelope */
  token(audience: string, path: TokenDoor, content: unknown, atMs = Date.now()): Promise<string> {
    const body = content instanceof Uint8Array ? content : new TextEncoder().encode(bodyOf(content));
    return this.tokens.issue(audience, { path, body }, 'http://127.0.0.1:9', atMs);
  }

  async offer(to: Reached, crates: readonly SampleCrate[]): Promise<DoorAnswer> {
    const offers = crates.map(({ id, envelope, expiryHour }) => ({
      crate: id,
      sizeBytes: envelope.length,
      expiryHour,
      holders: [],
    }));
    return this.ask(to, '/v1/crates/offers', { crates: offers });
  }

  async tell(to: Reached, crates: readonly object[]): Promise<DoorAnswer> {
    return this.ask(to, '/v1/crates/departures', { crates });
  }

  /** With a token for exactly this. */
  async ask(to: Reached, path: TokenDoor, content: unknown): Promise<DoorAnswer> {
    return ask(to, path, content, await this.token(to.id, path, content));
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
    body: bodyOf(content),
  });
  return { status: response.status, body: (await response.json()) as DoorAnswer['body'] };
}

const bodyOf = (content: unknown): string =>
  typeof content === 'string' ? content : JSON.stringify(content);
