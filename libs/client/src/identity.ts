/** Who the client acts for. A JWK becomes a signing key when it is first needed. */
import { HoldfastError, signingKeyFromJwk, type PrivateJwk, type SigningKey } from '@holdfast/protocol/core';

export class Identity {
  readonly author: string | undefined;
  #key: Promise<SigningKey> | undefined;

  constructor(private readonly source: SigningKey | PrivateJwk | undefined) {
    this.author = source === undefined ? undefined : 'kty' in source ? source.x : source.publicKey;
  }

  /** Rejects with `not-authorised` without an identity, and with `key-invalid` for a JWK that is no key. */
  key(): Promise<SigningKey> {
    if (this.source === undefined) {
      return Promise.reject(
        new HoldfastError('not-authorised', 'This client has no identity: it can only read.'),
      );
    }
    this.#key ??= 'kty' in this.source ? signingKeyFromJwk(this.source) : Promise.resolve(this.source);
    return this.#key;
  }
}
