import { describe, expect, it } from '@jest/globals';
import {
  ackHashOf,
  encodeBase64url,
  generatePrivateJwk,
  limits,
  recallHashOf,
  signDiscard,
  signingKeyFromJwk,
} from '@holdfast/protocol';
import { idOf } from '../../../test/coast.js';
import { newsOf } from './crate-news.js';
import type { SentCrate } from './sent-store.js';

const bytes = (fill: number) => new Uint8Array(32).fill(fill);
const [nonce, secret] = [bytes(1), bytes(2)];

async function sentCrate(): Promise<SentCrate> {
  return sentTo((await generatePrivateJwk()).x);
}

async function sentTo(mailbox: string): Promise<SentCrate> {
  return {
    crate: idOf(9),
    message: 'message',
    to: 'bob',
    mailbox,
    sealedAt: now - 3600,
    expiresAt: now,
    sizeBytes: 4096,
    nonce: encodeBase64url(nonce),
    ackHash: encodeBase64url(await ackHashOf(mailbox, nonce, secret)),
    recallHash: idOf(8),
    recallSecret: '',
    collectedAt: [],
    cardIds: [],
    copies: 1,
  };
}

const place = { 'https://archive.example': 'A' };
const now = 1_000_000;

describe('what an archive says of a crate', () => {
  it('is believed to be delivery on a receipt that fits, and on no other', async () => {
    const sent = await sentCrate();
    const told = (receipt?: string) =>
      newsOf({ status: 'delivered', ...(receipt === undefined ? {} : { proof: receipt }) }, sent, place, now);
    expect(await told(encodeBase64url(secret))).toEqual({
      kind: 'news',
      news: { progress: 'delivered', places: place },
    });
    for (const wrong of [
      undefined,
      '',
      '!',
      encodeBase64url(bytes(3)),
      encodeBase64url(secret.subarray(1)),
    ]) {
      expect(await told(wrong)).toMatchObject({ kind: 'unbelievable' });
    }
  });

  it('is believed to be a recall on the secret for it, and on no word without', async () => {
    const { mailbox, ...others } = await sentCrate();
    const recallHash = encodeBase64url(await recallHashOf(mailbox, nonce, secret));
    const sent = { ...others, mailbox, recallHash };
    const told = (proof?: string) =>
      newsOf({ status: 'recalled', ...(proof === undefined ? {} : { proof }) }, sent, place, now);
    for (const wrong of [undefined, encodeBase64url(bytes(3))]) {
      expect(await told(wrong)).toMatchObject({ kind: 'unbelievable' });
    }
    expect(await told(encodeBase64url(secret))).toEqual({ kind: 'news', news: { end: 'recalled' } });
  });

  it('is believed to be refused by its mailbox on the signature of that one, and on no other', async () => {
    const mailbox = await signingKeyFromJwk(await generatePrivateJwk());
    const other = await signingKeyFromJwk(await generatePrivateJwk());
    const sent = await sentTo(mailbox.publicKey);
    const told = (proof?: string) =>
      newsOf({ status: 'discarded', ...(proof === undefined ? {} : { proof }) }, sent, place, now);
    expect(await told(await signDiscard(mailbox, sent.crate))).toMatchObject({ news: { end: 'discarded' } });
    for (const wrong of [
      undefined,
      await signDiscard(other, sent.crate),
      await signDiscard(mailbox, idOf(7)),
    ]) {
      expect(await told(wrong)).toMatchObject({ kind: 'unbelievable' });
    }
  });

  it('tells that the archive holds it, let it go, or does not know it', async () => {
    const sent = await sentCrate();
    const told = (status: 'accepted' | 'expired' | 'unknown') => newsOf({ status }, sent, place, now);
    expect(await told('accepted')).toEqual({ kind: 'news', news: { progress: 'accepted', places: place } });
    expect(await told('expired')).toMatchObject({ news: { end: 'expired' } });
    expect(await told('unknown')).toEqual({ kind: 'lost' });
  });

  it('is not believed to be expiry before our own clock allows it', async () => {
    const sent = await sentCrate();
    const told = (at: number) => newsOf({ status: 'expired' }, sent, place, at);
    const earliest = sent.expiresAt - limits.clockSkewSecondsMax;
    expect(await told(earliest - 1)).toMatchObject({ kind: 'unbelievable' });
    expect(await told(earliest)).toMatchObject({ kind: 'news', news: { end: 'expired' } });
  });
});
