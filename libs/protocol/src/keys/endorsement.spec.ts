import { beforeAll, describe, expect, it } from '@jest/globals';
import { signCompactJws } from '../jws/compact.js';
import { limits } from '../limits.js';
import { generatePrivateJwk, signingKeyFromJwk, type SigningKey } from './ed25519.js';
import { endorseKey, verifyEndorsements } from './endorsement.js';

const iat = 1_800_000_000;
let keys: SigningKey[];
let archive: string;
const newKey = async (): Promise<SigningKey> => signingKeyFromJwk(await generatePrivateJwk());

beforeAll(async () => {
  keys = await Promise.all(Array.from({ length: limits.archiveKeysMax + 1 }, newKey));
  archive = keys[0]!.publicKey;
});

/** Of the keys from the second on, each by the one before it. */
const chainOf = (count: number): Promise<string[]> =>
  Promise.all(
    keys.slice(1, count).map(({ publicKey }, index) => endorseKey(archive, publicKey, iat, keys[index]!)),
  );

describe('the keys of an archive', () => {
  it('are its id alone where nothing is endorsed', async () => {
    expect(await verifyEndorsements(archive, [])).toEqual({ ok: true, value: [archive] });
  });

  it('are those that a chain from its id endorses, up to a bound', async () => {
    const count = limits.archiveKeysMax;
    const verified = await verifyEndorsements(archive, await chainOf(count));
    expect(verified).toEqual({ ok: true, value: keys.slice(0, count).map(({ publicKey }) => publicKey) });
    const oneMore = await verifyEndorsements(archive, await chainOf(count + 1));
    expect(oneMore).toMatchObject({ ok: false, code: 'key-invalid' });
  });

  it.each<[string, () => Promise<string[]>]>([
    ['with a gap', async () => (await chainOf(4)).toSpliced(1, 1)],
    ['in another order', async () => (await chainOf(3)).reverse()],
    [
      'of another archive',
      async () => [await endorseKey(keys[5]!.publicKey, keys[1]!.publicKey, iat, keys[0]!)],
    ],
    [
      'that a foreign key has made',
      async () => [await endorseKey(archive, keys[1]!.publicKey, iat, keys[2]!)],
    ],
    ['that endorses itself', async () => [await endorseKey(archive, archive, iat, keys[0]!)]],
    ['of a key of small order', async () => [await endorseKey(archive, 'A'.repeat(43), iat, keys[0]!)]],
    ['of no time', async () => [await endorseKey(archive, keys[1]!.publicKey, -1, keys[0]!)]],
    [
      'of another kind',
      async () => [await signed({ archive, key: keys[1]!.publicKey, iat }, 'holdfast-custody')],
    ],
    ['with more in it', async () => [await signed({ archive, key: keys[1]!.publicKey, iat, use: 'all' })]],
    ['of nothing', async () => [await signed([])]],
    ['that is none', async () => ['x']],
    ['that is too long', async () => ['x'.repeat(limits.endorsementLengthMax + 1)]],
    [
      'whose signature was made for another',
      async () => {
        const [one, other] = [
          await endorseKey(archive, keys[1]!.publicKey, iat, keys[0]!),
          await endorseKey(archive, keys[2]!.publicKey, iat, keys[0]!),
        ];
        return [`${one.slice(0, one.lastIndexOf('.'))}${other.slice(other.lastIndexOf('.'))}`];
      },
    ],
  ])('are not shown by a chain %s', async (_what, make) => {
    expect(await verifyEndorsements(archive, await make())).toMatchObject({ ok: false, code: 'key-invalid' });
  });
});

const signed = (payload: object, type = 'holdfast-key') => signCompactJws(payload, type, keys[0]!);
