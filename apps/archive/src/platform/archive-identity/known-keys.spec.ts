import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  endorseKey,
  generatePrivateJwk,
  HoldfastError,
  signingKeyFromJwk,
  type SigningKey,
} from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import type { PeerAnswer, PeerRequest } from '../outgoing/peer-requests.js';
import { KnownKeys, type KeyKeeper } from './known-keys.js';

const url = 'https://rotated.example';
let keys: SigningKey[];
let archive: string;
let endorsements: string[];
/** What the archive at the other end shows, and what was asked of whom. */
let shown: readonly string[];
let asked: string[];
let nowMs: number;

const road = (name: string) => ({
  send: async ({ url: door }: PeerRequest): Promise<PeerAnswer> => {
    asked.push(`${name} ${door}`);
    await new Promise((resolve) => setImmediate(resolve));
    const jwks = { keys: [{ kid: archive }, ...shown.map((endorsement) => ({ endorsement }))] };
    return { status: 200, body: Buffer.from(JSON.stringify(jwks)) };
  },
  close: () => undefined,
});
const made = (keeper?: KeyKeeper, strangers = road('strangers')): KnownKeys => {
  const known = new KnownKeys({ strangers, operators: road('operators'), nowMs: () => nowMs });
  if (keeper !== undefined) known.keptBy(keeper);
  return known;
};

beforeEach(async () => {
  keys = await Promise.all([0, 1, 2, 3].map(async () => signingKeyFromJwk(await generatePrivateJwk())));
  archive = keys[0]!.publicKey;
  endorsements = await Promise.all(
    keys.slice(1).map(({ publicKey }, index) => endorseKey(archive, publicKey, 1_800_000_000, keys[index]!)),
  );
  [shown, asked, nowMs] = [endorsements, [], 0];
});

describe('the keys of other archives', () => {
  it('have the first among them without asking anybody', async () => {
    expect(await made().belongs(archive, archive, url)).toBe(true);
    expect(asked).toEqual([]);
  });

  it('are found where the archive says that it is, once for all of them', async () => {
    const known = made();
    const answers = await Promise.all(keys.slice(1).map((key) => known.belongs(archive, key.publicKey, url)));
    expect(answers).toEqual([true, true, true]);
    expect(await known.belongs(archive, keys[2]!.publicKey, undefined)).toBe(true);
    expect(asked).toEqual([`strangers ${url}/.well-known/jwks.json`]);
  });

  it('are learned from whoever shows the chain, without asking, and not from a chain that is forged', async () => {
    const known = made();
    const newest = keys[3]!.publicKey;
    shown = [];
    expect(await known.belongs(archive, newest, undefined, endorsements.slice(1))).toBe(false);
    expect(await known.belongs(archive, newest, undefined, Array<string>(100).fill('x'))).toBe(false);
    expect(await known.belongs(archive, newest, undefined, endorsements)).toBe(true);
    expect(asked).toEqual([]);
  });

  it('are looked for once a minute where one is not found', async () => {
    shown = endorsements.slice(0, 1);
    const known = made();
    const newest = keys[2]!.publicKey;
    expect(await known.belongs(archive, newest, url)).toBe(false);
    shown = endorsements;
    expect(await known.belongs(archive, newest, url)).toBe(false);
    nowMs = archiveLimits.keyFetchEveryMs;
    expect(await known.belongs(archive, newest, url)).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it('are only ever more: another chain for the same archive changes nothing', async () => {
    const known = made();
    await known.belongs(archive, keys[1]!.publicKey, url);
    const foreign = (await generatePrivateJwk()).x;
    shown = [await endorseKey(archive, foreign, 1_800_000_001, keys[0]!), ...endorsements];
    nowMs = archiveLimits.keyFetchEveryMs;
    expect(await known.belongs(archive, foreign, url)).toBe(false);
    expect(await known.belongs(archive, keys[3]!.publicKey, url)).toBe(true);
  });

  it('are none where the chain is forged, the address is away, or none is named', async () => {
    const foreign = await signingKeyFromJwk(await generatePrivateJwk());
    shown = [await endorseKey(archive, foreign.publicKey, 1_800_000_000, foreign)];
    expect(await made().belongs(archive, foreign.publicKey, url)).toBe(false);
    const away = {
      ...road('away'),
      send: () => Promise.reject(new HoldfastError('archive-unreachable', 'Away.')),
    };
    expect(await made(undefined, away).belongs(archive, keys[1]!.publicKey, url)).toBe(false);
    expect(await made().belongs(archive, keys[1]!.publicKey, undefined)).toBe(false);
  });

  it('of a peer are looked for at the address that the operator gave, and are kept', async () => {
    const kept: { [id: string]: readonly string[] } = {};
    const keeper: KeyKeeper = {
      keys: async (id) =>
        id === archive ? { url: 'https://by-operator.example', endorsements: kept[id] ?? [] } : undefined,
      keepKeys: async (id, chain) => void (kept[id] = chain),
    };
    expect(await made(keeper).belongs(archive, keys[1]!.publicKey, url)).toBe(true);
    expect(asked).toEqual(['operators https://by-operator.example/.well-known/jwks.json']);
    expect(kept[archive]).toEqual(endorsements);
    expect(await made(keeper).belongs(archive, keys[3]!.publicKey, url)).toBe(true);
    expect(asked).toHaveLength(1);
  });

  it('are waited for by a few only, where a slow address is asked for them', async () => {
    const { keyFetchesAtOnce, keyFetchWaitersMax, peerChecksAtOnce } = archiveLimits;
    expect(keyFetchesAtOnce * keyFetchWaitersMax).toBeLessThan(peerChecksAtOnce);
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    const slow = {
      ...road('slow'),
      send: (request: PeerRequest) => opened.then(() => road('slow').send(request)),
    };
    const known = made(undefined, slow);
    let waiting = 0;
    const answers = Array.from({ length: peerChecksAtOnce }, async () => {
      waiting += 1;
      await known.belongs(archive, keys[1]!.publicKey, url);
      waiting -= 1;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(waiting).toBe(keyFetchWaitersMax);
    open();
    await Promise.all(answers);
    expect(asked).toHaveLength(1);
  });

  it('are looked for at so many strangers at once and no more', async () => {
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    const slow = {
      ...road('slow'),
      send: (request: PeerRequest) => opened.then(() => road('slow').send(request)),
    };
    const known = made(undefined, slow);
    const foreign = (await generatePrivateJwk()).x;
    const waiting = Array.from({ length: archiveLimits.keyFetchesAtOnce + 5 }, (_, index) =>
      known.belongs(archive, foreign, `https://${index}.example`),
    );
    await new Promise((resolve) => setImmediate(resolve));
    open();
    expect((await Promise.all(waiting)).includes(true)).toBe(false);
    expect(asked).toHaveLength(archiveLimits.keyFetchesAtOnce);
  });
});
