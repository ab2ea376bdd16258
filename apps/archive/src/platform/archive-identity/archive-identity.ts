/**
 * Who the archive is: an Ed25519 key made at its first start and kept in its database, so that a container needs no
 * second volume for it and a restored backup is the same archive. Other archives and clients know it by this key.
 */
import {
  HoldfastError,
  generatePrivateJwk,
  signCustody,
  signingKeyFromJwk,
  type HeldCrateTerms,
  type PrivateJwk,
  type SigningKey,
} from '@holdfast/protocol';
import { importJWK, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import type { PrismaService } from '../database/prisma.service.js';

/** The bytes of "identity": archives that start at once on one database must agree on one key. */
const lockKey = 0x6964656e74697479n;

export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly alg: 'Ed25519';
  readonly use: 'sig';
}

export class ArchiveIdentity {
  private constructor(
    private readonly key: SigningKey,
    private readonly tokenKey: CryptoKey,
  ) {}

  static async load(prisma: PrismaService): Promise<ArchiveIdentity> {
    const jwk = await prisma.$transaction(async (transaction) => {
      await transaction.$executeRaw`select pg_advisory_xact_lock(${lockKey})`;
      const found = await transaction.archiveKey.findFirst({ orderBy: { createdAt: 'asc' } });
      if (found !== null) return found.privateJwk as unknown as PrivateJwk;
      const made = await generatePrivateJwk();
      await transaction.archiveKey.create({ data: { id: made.x, privateJwk: { ...made } } });
      return made;
    });
    return ArchiveIdentity.of(jwk).catch((cause: unknown) => {
      const sentence =
        "The archive's key in the table archive_key is damaged: restore the table from a backup.";
      throw new HoldfastError('database-unsuitable', sentence, {}, { cause });
    });
  }

  /** Rejects with `key-invalid`. */
  static async of(jwk: PrivateJwk): Promise<ArchiveIdentity> {
    const key = await signingKeyFromJwk(jwk);
    const { kty, crv, x, d } = jwk;
    return new ArchiveIdentity(key, (await importJWK({ kty, crv, x, d }, 'Ed25519')) as CryptoKey);
  }

  /** The archive's id: its public key in base64url. */
  get id(): string {
    return this.key.publicKey;
  }

  sign(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return this.key.sign(message);
  }

  /** A custody receipt (spec/custody.md). */
  promise(terms: HeldCrateTerms, nowMs: number): Promise<string> {
    return signCustody(terms, Math.floor(nowMs / 1000), this.key);
  }

  /** A JWT (RFC 7519) in compact serialization. */
  signToken(claims: JWTPayload, type: string): Promise<string> {
    const header = { alg: 'Ed25519', typ: type, kid: this.id };
    return new SignJWT(claims).setProtectedHeader(header).sign(this.tokenKey);
  }

  /** RFC 7517 section 5, with the algorithm's name of RFC 9864. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    return { keys: [{ kty: 'OKP', crv: 'Ed25519', x: this.id, kid: this.id, alg: 'Ed25519', use: 'sig' }] };
  }
}
