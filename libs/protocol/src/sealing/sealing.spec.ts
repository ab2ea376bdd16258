import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crateIdOf, isRecallFor, isReceiptFor } from '../crates/secrets.js';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';
import { decodeUtf8 } from '../encoding/bytes.js';
import { isErrorCode } from '../errors/codes.js';
import { valueOf } from '../errors/result.js';
import { signingKeyFromJwk } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { makeCardBody } from '../mailboxes/card.js';
import { expiryHour, messageContent, replaced } from '../vectors/generate/raw-crate.js';
import { pseudoRandom } from '../vectors/generate/raw-jws.js';
import { alice, bob, bobsMailbox, carolsMailbox } from '../vectors/people.js';
import { generateKemKeys, generateMailboxKeys } from './mailbox-keys.js';
import { markOf, signMessage, type MessageContent } from './message.js';
import { openCrate } from './open.js';
import { sealAgain, sealCrate } from './seal.js';

// Lattices take their time, and more of it on a busy machine.

const sender = await signingKeyFromJwk(alice);
const bobs = await bobsMailbox();
const keys = { mailbox: bobs.signing.x, kem: bobs.kem };

const seal = async (more: Partial<MessageContent> = {}, kemPublicKey = bobs.kem[0]!.publicKey) =>
  sealCrate({ content: { ...(await messageContent()), ...more }, sender, kemPublicKey, expiryHour });

/** How many bytes the JWS of a message has. */
const messageSize = async (text: string) =>
  (await signMessage({ ...(await messageContent()), text }, sender)).length;

describe('a sealed crate', () => {
  it('opens to the message, its sender and the receipt, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 3000 }), async (text) => {
        const sealed = await seal({ text });
        const { crate, ackSecret, envelope } = sealed;
        const opened = valueOf(await openCrate(envelope, keys));
        const content = { ...(await messageContent()), text };
        const jws = decodeUtf8(await signMessage(content, sender));
        expect(opened).toEqual({ crate, ackSecret, sender: alice.x, content, jws });
        expect(await crateIdOf(envelope)).toBe(crate);
      }),
      { numRuns: 20 },
    );
  });

  it('never looks the same twice', async () => {
    const [one, two] = [await seal(), await seal()];
    for (const member of ['crate', 'ackSecret', 'recallSecret', 'nonce', 'ackHash', 'recallHash'] as const) {
      expect(one[member]).not.toEqual(two[member]);
    }
  });

  it('is left by its receipt and by its recall, and by no other secret', async () => {
    const [one, two] = [await seal(), await seal()];
    const receipt = decodeBase64url(one.ackSecret)!;
    const recall = decodeBase64url(one.recallSecret)!;
    expect(await isReceiptFor(one, receipt)).toBe(true);
    expect(await isRecallFor(one, recall)).toBe(true);
    expect(await isReceiptFor(one, recall)).toBe(false);
    expect(await isRecallFor(one, receipt)).toBe(false);
    expect(await isReceiptFor(two, receipt)).toBe(false);
    expect(await isReceiptFor(one, receipt.subarray(1))).toBe(false);
  });

  it('opens with whichever of the keys it was sealed to, and with no other', async () => {
    const older = await seal({}, bobs.kem[1]!.publicKey);
    expect((await openCrate(older.envelope, keys)).ok).toBe(true);
    const fresh = await generateKemKeys();
    expect(await openCrate(older.envelope, { ...keys, kem: [fresh] })).toMatchObject({
      code: 'crate-undecryptable',
    });
    const carols = await carolsMailbox();
    expect(await openCrate(older.envelope, { mailbox: carols.signing.x, kem: keys.kem })).toMatchObject({
      code: 'crate-mailbox-foreign',
    });
  });

  it('with any byte changed does not open', async () => {
    const { envelope } = await seal();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(envelope.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, difference) => {
          const opened = await openCrate(replaced(envelope, at, [envelope[at]! ^ difference]), keys);
          expect(opened.ok ? undefined : isErrorCode(opened.code)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([...limits.crateSizesBytes])('has %i bytes up to the last message that fits', async (sizeBytes) => {
    const overhead = (await messageSize('')) + 1270 + 16 + 36 + (sizeBytes > 65_536 ? 2 : 0);
    const longest = Math.floor(((sizeBytes - overhead) * 3) / 4);
    const fits = await seal({ text: 'x'.repeat(longest) });
    expect(fits.envelope.length).toBe(sizeBytes);
    expect(valueOf(await openCrate(fits.envelope, keys)).content.text).toHaveLength(longest);
    const larger = limits.crateSizesBytes[limits.crateSizesBytes.indexOf(sizeBytes) + 1];
    const grown = seal({ text: 'x'.repeat(longest + 2) });
    if (larger === undefined) await expect(grown).rejects.toMatchObject({ code: 'message-too-large' });
    else expect((await grown).envelope.length).toBe(larger);
  });

  it('tells how large a message may be when one is too large', async () => {
    await expect(seal({ text: 'x'.repeat(1_000_000) })).rejects.toMatchObject({
      code: 'message-too-large',
      data: { sizeBytes: expect.any(Number), sizeBytesMax: expect.any(Number) },
    });
  });

  it('is not made of what the recipient would refuse', async () => {
    const refused = { code: 'crate-content-invalid' };
    await expect(seal({ id: 'short' })).rejects.toMatchObject(refused);
    await expect(seal({ iat: 1.5 })).rejects.toMatchObject(refused);
    await expect(seal({ text: '\ud834' })).rejects.toMatchObject(refused);
    await expect(seal({ siblings: ['x'] })).rejects.toMatchObject(refused);
    await expect(seal({ subject: 'x' } as Partial<MessageContent>)).rejects.toMatchObject(refused);
  });

  it('is not sealed to a key that is none', async () => {
    const invalid = { code: 'key-invalid' };
    await expect(seal({ to: 'nobody' })).rejects.toMatchObject(invalid);
    await expect(seal({}, 'short')).rejects.toMatchObject(invalid);
    await expect(seal({}, `${'_'.repeat(1621)}8`)).rejects.toMatchObject(invalid);
  });

  it('is not called undecryptable when it is the cryptography that is missing', async () => {
    const { envelope } = await seal();
    const importKey = crypto.subtle.importKey;
    const missing = () => Promise.reject(new TypeError('There is no WebCrypto.'));
    crypto.subtle.importKey = missing as typeof importKey;
    try {
      await expect(openCrate(envelope, keys)).rejects.toThrow('There is no WebCrypto.');
    } finally {
      crypto.subtle.importKey = importKey;
    }
  });

  it('is not opened with a private key that is none', async () => {
    const { envelope } = await seal();
    const kem = [{ ...bobs.kem[0]!, privateKey: 'short' }];
    await expect(openCrate(envelope, { ...keys, kem })).rejects.toMatchObject({ code: 'key-invalid' });
  });
});

describe('a message that a fellow brings', () => {
  const forCarol = async () => {
    const carols = await carolsMailbox();
    const content = { ...(await messageContent()), to: carols.signing.x, recipients: [bob.x] };
    const kemPublicKey = carols.kem[0]!.publicKey;
    const sealed = await sealCrate({ content, sender, kemPublicKey, expiryHour });
    return valueOf(await openCrate(sealed.envelope, { mailbox: content.to, kem: carols.kem }));
  };

  it('opens to what its sender signed, with a receipt of its own', async () => {
    const { jws, ackSecret, content } = await forCarol();
    const to = bobs.signing.x;
    const again = await sealAgain({ jws, to, kemPublicKey: bobs.kem[0]!.publicKey, expiryHour });
    expect(again.ackSecret).not.toBe(ackSecret);
    expect(valueOf(await openCrate(again.envelope, { ...keys, owner: bob.x }))).toEqual({
      crate: again.crate,
      ackSecret: again.ackSecret,
      sender: alice.x,
      content,
      jws,
    });
  });

  it('is taken by nobody whom it does not name', async () => {
    const { jws } = await forCarol();
    const to = bobs.signing.x;
    const again = await sealAgain({ jws, to, kemPublicKey: bobs.kem[0]!.publicKey, expiryHour });
    const refused = { code: 'crate-content-invalid' };
    expect(await openCrate(again.envelope, { ...keys, owner: alice.x })).toMatchObject(refused);
    expect(await openCrate(again.envelope, keys)).toMatchObject(refused);
  });

  it('is not sealed to a mailbox or a key that is none', async () => {
    const { jws } = await forCarol();
    const terms = { jws, to: bobs.signing.x, kemPublicKey: bobs.kem[0]!.publicKey, expiryHour };
    const invalid = { code: 'key-invalid' };
    await expect(sealAgain({ ...terms, to: 'nobody' })).rejects.toMatchObject(invalid);
    await expect(sealAgain({ ...terms, kemPublicKey: 'short' })).rejects.toMatchObject(invalid);
  });
});

describe('a notice', () => {
  it('with as many marks as it may have, and a pairwise address at three archives, fits 16 KiB', async () => {
    const { text: _, ...untold } = await messageContent();
    const marks = await Promise.all(
      Array.from({ length: limits.marksMax }, async (_, i) =>
        markOf(alice.x, encodeBase64url(await pseudoRandom(`message ${i}`, 16))),
      ),
    );
    const archives = ['one', 'two', 'three'].map(
      (name) => `https://${name}.archives.somewhere.example/holdfast`,
    );
    const ids = [alice.x, bob.x, alice.x];
    const body = await makeCardBody({ signing: bobs.signing, kem: bobs.kem[0]! }, alice.x, archives, ids);
    const sealed = await sealCrate({
      content: {
        ...untold,
        recipients: [bob.x],
        notice: { have: { mailbox: bobs.signing.x, since: untold.iat, marks, answer: true } },
        reply: { ...body, device: bobs.signing.x },
      },
      sender,
      kemPublicKey: bobs.kem[0]!.publicKey,
      expiryHour,
    });
    expect(sealed.envelope).toHaveLength(16 * 1024);
  });
});

describe('the keys of a mailbox', () => {
  it('are new each time, and open what is sealed to them', async () => {
    const [one, two] = [await generateMailboxKeys(), await generateMailboxKeys()];
    expect(one.signing.x).not.toBe(two.signing.x);
    expect(one.kem.privateKey).not.toBe(two.kem.privateKey);
    const { envelope } = await seal({ to: one.signing.x }, one.kem.publicKey);
    expect((await openCrate(envelope, { mailbox: one.signing.x, kem: [one.kem] })).ok).toBe(true);
  });
});
