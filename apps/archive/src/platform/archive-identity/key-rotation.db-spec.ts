import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { limits, valueOf, verifyEndorsements } from '@holdfast/protocol';
import { decodeProtectedHeader } from 'jose';
import { openSpecDatabase, type SpecDatabase } from '../../../test/database-for-spec.js';
import { PrismaService } from '../database/prisma.service.js';
import { ArchiveIdentity } from './archive-identity.js';
import { ArchiveTokens, type SignedRequest } from './archive-tokens.js';

const nowMs = 1_800_000_000_000;
const request: SignedRequest = { path: '/v1/crates', body: new Uint8Array([1]) };
let db: SpecDatabase;
let prisma: PrismaService;
let reader: ArchiveIdentity;

beforeAll(async () => {
  db = await openSpecDatabase();
  prisma = new PrismaService(db.database);
  reader = await ArchiveIdentity.load(prisma);
});
afterAll(() => db.drop());
beforeEach(() => db.database.query('delete from archive_key'));

describe('a rotated key', () => {
  it('signs tokens from then on, and the archive stays the same to everybody', async () => {
    const identity = await ArchiveIdentity.load(prisma);
    const { id } = identity;
    const before = await identity.signToken({}, 'test');
    const made = await identity.rotate(prisma, nowMs);
    expect(identity.keys).toEqual([id, made]);
    expect(identity.id).toBe(id);
    expect(decodeProtectedHeader(before).kid).toBe(id);
    expect(decodeProtectedHeader(await identity.signToken({}, 'test')).kid).toBe(made);
    const terms = { crate: 'A'.repeat(43), sizeBytes: 4096, expiryHour: 500_000 };
    expect(decodeProtectedHeader(await identity.promise(terms, nowMs)).kid).toBe(id);
  });

  it('is there after a restart, with a chain that others can check', async () => {
    const identity = await ArchiveIdentity.load(prisma);
    await identity.rotate(prisma, nowMs);
    await identity.rotate(prisma, nowMs);
    const again = await ArchiveIdentity.load(prisma);
    expect(again.keys).toEqual(identity.keys);
    const { keys } = again.jwks();
    const endorsements = keys.flatMap(({ endorsement }) => endorsement ?? []);
    expect(valueOf(await verifyEndorsements(again.id, endorsements))).toEqual(keys.map(({ kid }) => kid));
  });

  it('is made by several processes of one database one after the other', async () => {
    const [one, two] = [await ArchiveIdentity.load(prisma), await ArchiveIdentity.load(prisma)];
    await Promise.all([one.rotate(prisma, nowMs), two.rotate(prisma, nowMs)]);
    expect((await ArchiveIdentity.load(prisma)).keys).toHaveLength(3);
  });

  it('is the last at a bound', async () => {
    const identity = await ArchiveIdentity.load(prisma);
    for (let count = 1; count < limits.archiveKeysMax; count++) await identity.rotate(prisma, nowMs);
    await expect(identity.rotate(prisma, nowMs)).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect(identity.keys).toHaveLength(limits.archiveKeysMax);
  });

  it('is refused at the start when its endorsement is damaged', async () => {
    const identity = await ArchiveIdentity.load(prisma);
    await identity.rotate(prisma, nowMs);
    await db.database.query(`update archive_key set endorsement = 'x' where endorsement is not null`);
    await expect(ArchiveIdentity.load(prisma)).rejects.toMatchObject({ code: 'database-unsuitable' });
  });

  it('is taken where it is known as a key of that archive, and not otherwise', async () => {
    const identity = await ArchiveIdentity.load(prisma);
    const sent = new ArchiveTokens(identity);
    const made = await identity.rotate(prisma, nowMs);
    const token = () => sent.issue(reader.id, request, 'https://one.example', nowMs);
    const asked: unknown[] = [];
    const belongs = async (...words: unknown[]) => asked.push(words) > 1;
    const tokens = new ArchiveTokens(reader, { uptimeMs: () => 3_600_000, keys: { belongs } });
    const check = async (by: ArchiveTokens) => by.check(`Bearer ${await token()}`, request, nowMs);
    await expect(check(tokens)).rejects.toMatchObject({ code: 'not-authorised' });
    expect(await check(tokens)).toEqual({ archive: identity.id, url: 'https://one.example' });
    expect(asked[0]).toEqual([identity.id, made, 'https://one.example', []]);
    const unaware = new ArchiveTokens(reader, { uptimeMs: () => 3_600_000 });
    await expect(check(unaware)).rejects.toMatchObject({ code: 'not-authorised' });
  });
});

describe('the answer to a token', () => {
  it('proves the other side for that token alone', async () => {
    const [dialer, acceptor] = [reader, await ArchiveIdentity.load(prisma)];
    const own = await new ArchiveTokens(dialer).issue(
      acceptor.id,
      { path: '/v1/peers', body: new Uint8Array() },
      'https://d.example',
      nowMs,
    );
    const body = Buffer.from(own);
    const answer = await new ArchiveTokens(acceptor).issue(
      dialer.id,
      { path: '/v1/peers', body },
      'https://a.example',
      nowMs,
    );
    const tokens = new ArchiveTokens(dialer);
    expect(await tokens.checkAnswer({ token: answer }, own, nowMs)).toMatchObject({ archive: acceptor.id });
    const refused = { code: 'not-authorised' };
    await expect(tokens.checkAnswer({ token: answer }, `${own}x`, nowMs)).rejects.toMatchObject(refused);
    await expect(tokens.checkAnswer({ token: own }, own, nowMs)).rejects.toMatchObject(refused);
    await expect(tokens.checkAnswer({ token: answer }, own, nowMs + 120_000)).rejects.toMatchObject(refused);
  });
});
