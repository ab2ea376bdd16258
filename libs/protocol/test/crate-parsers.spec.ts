/** The same as parsers.spec.ts for what belongs to crates: envelopes, messages, custody receipts, proofs and cards. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signCustody, verifyCustody } from '../src/crates/custody.js';
import { provesDeparture } from '../src/crates/departure.js';
import { encodeEnvelope, encodeEnvelopeHead, parseEnvelope } from '../src/crates/envelope.js';
import { ackHashOf, recallHashOf } from '../src/crates/secrets.js';
import { encodeUtf8 } from '../src/encoding/bytes.js';
import { signingKeyFromJwk } from '../src/keys/ed25519.js';
import { limits } from '../src/limits.js';
import { makeCardBody, readCard } from '../src/mailboxes/card.js';
import { discardText } from '../src/mailboxes/proofs.js';
import type { HoldfastRecord } from '../src/records/record.js';
import { verifyMessage } from '../src/sealing/message.js';
import { padPlaintext, readPlaintext } from '../src/sealing/plaintext.js';
import { messageContent, messageHeader, randomParts, sealRaw } from '../src/vectors/generate/raw-crate.js';
import { signRaw } from '../src/vectors/generate/raw-jws.js';
import { now } from '../src/vectors/generate/record-vectors.js';
import { alice, bob, bobsMailbox } from '../src/vectors/people.js';
import { mutatedBytes, mutatedJson } from './mutations.js';
import { answered, id, isJson, runs } from './answered.js';

describe('a changed', () => {
  it('message is refused, or read as what it says', async () => {
    const content = await messageContent();
    const { text: _, ...untold } = content;
    const have = { mailbox: content.to, since: now, marks: ['A'.repeat(16)], answer: true };
    const reply = { mailbox: content.to, device: content.to, archives: ['https://archive.example'] };
    const contents = mutatedJson([
      content,
      { ...content, siblings: [id], recipients: [bob.x, alice.x] },
      { ...content, recipients: [bob.x], reply },
      { ...untold, notice: { have }, reply },
    ]);
    await fc.assert(
      fc.asyncProperty(contents, fc.boolean(), async (text, inHeader) => {
        const [head, payload] = inHeader ? [text, content] : [messageHeader, encodeUtf8(text)];
        const jws = await signRaw(head, payload, alice);
        const verified = await verifyMessage(encodeUtf8(jws), content.to, bob.x);
        const read = answered(verified, /^crate-content-invalid$/);
        if (read === undefined) return;
        expect(read.content.to === content.to || read.content.recipients?.includes(bob.x)).toBe(true);
        expect((read.content.text === undefined) !== (read.content.notice === undefined)).toBe(true);
        expect(read).toEqual({ sender: alice.x, content: JSON.parse(text.toWellFormed()) as object, jws });
      }),
      runs,
    );
  });

  it('custody receipt is refused, or promises what was asked for', async () => {
    const terms = { crate: id, sizeBytes: 4096, expiryHour: now / 3600 + 24 };
    const custodyHeader = { alg: 'Ed25519', typ: 'holdfast-custody', kid: alice.x };
    const payload = { ...terms, iat: now };
    await fc.assert(
      fc.asyncProperty(mutatedJson([payload, custodyHeader]), fc.boolean(), async (text, inHeader) => {
        const [head, content] = inHeader ? [text, payload] : [custodyHeader, encodeUtf8(text)];
        const jws = await signRaw(head, content, alice);
        const read = answered(await verifyCustody(jws, terms, now), /^custody-invalid$/);
        if (read === undefined) return;
        expect(read).toEqual({ ...terms, archive: alice.x, iat: expect.any(Number) });
        expect(JSON.parse(text)).toEqual(inHeader ? custodyHeader : { ...terms, iat: read.iat });
      }),
      runs,
    );
  });

  it('text of a custody receipt is refused', async () => {
    const terms = { crate: id, sizeBytes: 4096, expiryHour: now / 3600 + 24 };
    const jws = await signCustody(terms, now, await signingKeyFromJwk(alice));
    const texts = mutatedBytes([encodeUtf8(jws)]).map((bytes) => Buffer.from(bytes).toString('latin1'));
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const read = answered(await verifyCustody(text, terms, now), /^custody-invalid$/);
        if (read !== undefined) expect(text).toBe(jws);
      }),
      runs,
    );
  });

  it('proof of a departure proves nothing, and is no exception', async () => {
    const { signing } = await bobsMailbox();
    const { nonce, ackSecret, recallSecret } = await randomParts();
    const crate = {
      id,
      mailbox: signing.x,
      nonce,
      ackHash: await ackHashOf(signing.x, nonce, ackSecret),
      recallHash: await recallHashOf(signing.x, nonce, recallSecret),
    };
    const signature = await (await signingKeyFromJwk(signing)).sign(discardText(id));
    const proofs = { ack: ackSecret, discard: signature, recall: recallSecret };
    const way = fc.constantFrom('ack', 'discard', 'recall');
    await fc.assert(
      fc.asyncProperty(way, mutatedBytes(Object.values(proofs)), async (shown, proof) => {
        const isProof = Buffer.compare(proof, proofs[shown]) === 0;
        expect(await provesDeparture(crate, shown, proof)).toBe(isProof);
      }),
      runs,
    );
  });

  it('plaintext is refused, or has its parts', () => {
    const plaintext = padPlaintext(new Uint8Array(32).fill(7), encodeUtf8('hello'), 144).subarray(0, 100);
    fc.assert(
      fc.property(mutatedBytes([plaintext]), (bytes) => {
        const read = answered(readPlaintext(bytes), /^crate-content-invalid$/);
        if (read !== undefined) expect(read.message).toEqual(bytes.slice(36, 36 + read.message.length));
      }),
      runs,
    );
  });

  it('envelope is refused, or reads back the same', async () => {
    const envelope = await sealRaw();
    const [size] = limits.crateSizesBytes;
    const sized = mutatedBytes([envelope, envelope.subarray(0, 200)]).map((bytes) => {
      const fitted = new Uint8Array(size);
      fitted.set(bytes.subarray(0, size));
      return fitted;
    });
    fc.assert(
      fc.property(fc.oneof(sized, mutatedBytes([envelope])), (bytes) => {
        const read = answered(parseEnvelope(bytes), /^crate-(?!expir)/);
        if (read === undefined) return;
        const again = encodeEnvelope(encodeEnvelopeHead(read), read.enc, read.ciphertext);
        expect(Buffer.compare(again, bytes)).toBe(0);
      }),
      runs,
    );
  });

  it('card is refused, or read with what a writer needs', async () => {
    const { signing, kem } = await bobsMailbox();
    const archives = ['https://archive.example', 'http://[2001:db8::1]:7070/a%20b'];
    const body = await makeCardBody({ signing, kem: kem[0]! }, bob.x, archives, [alice.x, null]);
    const card = { id, jws: '', author: bob.x, collection: 'keys', key: signing.x, iat: now, body };
    await fc.assert(
      fc.asyncProperty(mutatedJson([body]).filter(isJson), async (text) => {
        const record = { ...card, body: JSON.parse(text) as HoldfastRecord['body'] };
        const read = answered(await readCard(record), /^card-invalid$/);
        if (read === undefined) return;
        expect(read).toMatchObject({ author: bob.x, mailbox: signing.x, suite: 1 });
        expect(read.ids).toHaveLength(read.archives.length);
        for (const url of read.archives) expect(new URL(url).protocol).toMatch(/^https?:$/);
      }),
      runs,
    );
  });
});
