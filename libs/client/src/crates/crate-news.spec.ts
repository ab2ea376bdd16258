import { describe, expect, it } from '@jest/globals';
import { ackHashOf, encodeBase64url, generatePrivateJwk, limits } from '@holdfast/protocol';
import { newsOf } from './crate-news.js';
import type { SentCrate } from './sent-store.js';

const bytes = (fill: number) => new Uint8Array(32).fill(fill);
const [nonce, secret] = [bytes(1), bytes(2)];

async function sentCrate(): Promise<SentCrate> {
  const { x: mailbox } = await generatePrivateJwk();
  return {
    crate: 'crate',
    message: 'message',
    to: 'bob',
    mailbox,
    expiresAt: now,
    nonce: encodeBase64url(nonce),
    ackHash: encodeBase64url(await ackHashOf(mailbox, nonce, secret)),
    recallSecret: '',
    collectedAt: [],
  };
}

const accepted = { progress: 'accepted' } as const;
const place = { 'https://archive.example': 'A' };
const now = 1_000_000;

describe('what an archive says of a crate', () => {
  it('is believed to be delivery on a receipt that fits, and on no other', async () => {
    const sent = await sentCrate();
    const told = (receipt?: string) =>
      newsOf(
        { status: 'delivered', ...(receipt === undefined ? {} : { proof: receipt }) },
        sent,
        accepted,
        place,
        now,
      );
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

  it('is believed to be a recall only when one was asked for', async () => {
    const sent = await sentCrate();
    expect(await newsOf({ status: 'recalled' }, sent, accepted, place, now)).toMatchObject({
      kind: 'unbelievable',
    });
    expect(await newsOf({ status: 'recalled' }, sent, { ...accepted, recall: true }, place, now)).toEqual({
      kind: 'news',
      news: { end: 'recalled' },
    });
  });

  it('tells that the archive holds it, let it go, or does not know it', async () => {
    const sent = await sentCrate();
    const told = (status: 'accepted' | 'discarded' | 'expired' | 'unknown') =>
      newsOf({ status }, sent, accepted, place, now);
    expect(await told('accepted')).toEqual({ kind: 'news', news: { progress: 'accepted', places: place } });
    expect(await told('discarded')).toMatchObject({ news: { end: 'discarded' } });
    expect(await told('expired')).toMatchObject({ news: { end: 'expired' } });
    expect(await told('unknown')).toEqual({ kind: 'lost' });
  });

  it('is not believed to be expiry before our own clock allows it', async () => {
    const sent = await sentCrate();
    const told = (at: number) => newsOf({ status: 'expired' }, sent, accepted, place, at);
    const earliest = sent.expiresAt - limits.clockSkewSecondsMax;
    expect(await told(earliest - 1)).toMatchObject({ kind: 'unbelievable' });
    expect(await told(earliest)).toMatchObject({ kind: 'news', news: { end: 'expired' } });
  });
});
