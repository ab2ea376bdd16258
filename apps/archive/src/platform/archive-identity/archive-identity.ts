/**
 * Who the archive is: an Ed25519 key made at its first start and kept in its database, so that a container needs no
 * second volume for it and a restored backup is the same archive. Other archives and clients know it by this key for
 * ever, and it signs what it promises; further keys, each endorsed by the one before it, sign what it says to other
 * archives (spec/peers.md, "Keys").
 */
import {
  endorseKey,
  HoldfastError,
  generatePrivateJwk,
  limits,
  signCustody,
  signingKeyFromJwk,
  valueOf,
  verifyEndorsements,
  type HeldCrateTerms,
  type PrivateJwk,
  type SigningKey,
} from '@holdfast/protocol';
import { importJWK, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
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
  /** By the key before it; the first has none. */
  readonly endorsement?: string;
}

interface HeldKey {
  readonly key: SigningKey;
  readonly tokenKey: CryptoKey;
  readonly seed: KeyObject;
  readonly endorsement: string | undefined;
}

type Transaction = Parameters<Parameters<PrismaService['$transaction']>[0]>[0];

export class ArchiveIdentity {
  private constructor(
    private readonly first: HeldKey,
    /** The first among them, the newest last. */
    private held: readonly HeldKey[] = [first],
  ) {}

  static load(prisma: PrismaService): Promise<ArchiveIdentity> {
    return prisma.$transaction(async (transaction) => {
      await transaction.$executeRaw`select pg_advisory_xact_lock(${lockKey})`;
      const found = await readKeys(transaction);
      if (found.length > 0) return new ArchiveIdentity(found[0]!, found);
      const made = await generatePrivateJwk();
      await transaction.archiveKey.create({ data: { id: made.x, privateJwk: { ...made } } });
      return ArchiveIdentity.of(made);
    });
  }

  /** Rejects with `key-invalid`. */
  static async of(jwk: PrivateJwk): Promise<ArchiveIdentity> {
    return new ArchiveIdentity(await holdKey(jwk));
  }

  /** The archive's id: its first public key in base64url. */
  get id(): string {
    return this.first.key.publicKey;
  }

  /** All public keys, the newest last. */
  get keys(): readonly string[] {
    return this.held.map(({ key }) => key.publicKey);
  }

  /** Of the later keys, in the order in which they were made. */
  get endorsements(): readonly string[] {
    return this.held.flatMap(({ endorsement }) => endorsement ?? []);
  }

  sign(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return this.first.key.sign(message);
  }

  /**
   * 32 bytes that follow from the archive's first key and nothing else (RFC 5869): the same after every start, and in
   * every process on this database.
   * @param purpose names what it is for, and is part of it
   */
  secretFor(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.first.seed, '', purpose, 32));
  }

  /** A custody receipt (spec/custody.md). */
  promise(terms: HeldCrateTerms, nowMs: number): Promise<string> {
    return signCustody(terms, Math.floor(nowMs / 1000), this.first.key);
  }

  /** A JWT (RFC 7519) in compact serialization, by the newest key. */
  signToken(claims: JWTPayload, type: string): Promise<string> {
    const { key, tokenKey } = this.held.at(-1)!;
    const header = { alg: 'Ed25519', typ: type, kid: key.publicKey };
    return new SignJWT(claims).setProtectedHeader(header).sign(tokenKey);
  }

  /**
   * Makes a further key, which signs from now on. Those before it stay good.
   * @returns the new public key
   * @throws HoldfastError `quota-exceeded`
   */
  async rotate(prisma: PrismaService, nowMs: number): Promise<string> {
    this.held = await prisma.$transaction(async (transaction) => {
      await transaction.$executeRaw`select pg_advisory_xact_lock(${lockKey})`;
      const found = await readKeys(transaction);
      if (found.length >= limits.archiveKeysMax) {
        const sentence = `An archive has at most ${limits.archiveKeysMax} keys.`;
        throw new HoldfastError('quota-exceeded', sentence);
      }
      const made = await generatePrivateJwk();
      const newest = found.at(-1)!.key;
      const endorsement = await endorseKey(this.id, made.x, Math.floor(nowMs / 1000), newest);
      await transaction.archiveKey.create({ data: { id: made.x, privateJwk: { ...made }, endorsement } });
      return [...found, await holdKey(made, endorsement)];
    });
    return this.held.at(-1)!.key.publicKey;
  }

  /** RFC 7517 section 5, with the algorithm's name of RFC 9864; in the order in which the keys were made. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    return {
      keys: this.held.map(({ key: { publicKey }, endorsement }) => ({
        kty: 'OKP',
        crv: 'Ed25519',
        x: publicKey,
        kid: publicKey,
        alg: 'Ed25519',
        use: 'sig',
        ...(endorsement === undefined ? {} : { endorsement }),
      })),
    };
  }
}

/** The chain of keys, checked as others will check it. */
async function readKeys(transaction: Transaction): Promise<HeldKey[]> {
  const rows = await transaction.archiveKey.findMany({ orderBy: { createdAt: 'asc' } });
  const first = rows.find(({ endorsement }) => endorsement === null);
  if (first === undefined) return rows.length === 0 ? [] : Promise.reject(damaged());
  const later = rows.filter(({ endorsement }) => endorsement !== null);
  try {
    const held = await Promise.all(
      [first, ...later].map(({ privateJwk, endorsement }) =>
        holdKey(privateJwk as unknown as PrivateJwk, endorsement ?? undefined),
      ),
    );
    const endorsements = later.map(({ endorsement }) => endorsement!);
    const keys = valueOf(await verifyEndorsements(first.id, endorsements));
    if (!held.every(({ key }, index) => key.publicKey === keys[index])) throw damaged();
    return held;
  } catch (cause) {
    throw damaged(cause);
  }
}

async function holdKey(jwk: PrivateJwk, endorsement?: string): Promise<HeldKey> {
  const key = await signingKeyFromJwk(jwk);
  const { kty, crv, x, d } = jwk;
  const tokenKey = (await importJWK({ kty, crv, x, d }, 'Ed25519')) as CryptoKey;
  return { key, tokenKey, seed: createSecretKey(d, 'base64url'), endorsement };
}

const damaged = (cause?: unknown): HoldfastError =>
  new HoldfastError(
    'database-unsuitable',
    "The archive's key in the table archive_key is damaged: restore the table from a backup.",
    {},
    { cause },
  );
