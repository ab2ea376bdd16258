import { describe, expect, it } from '@jest/globals';
import { Key, mailboxPlace, type Place, type Sender, type Verdict } from '@holdfast/dht';
import {
  encodeBase64url,
  generatePrivateJwk,
  mailboxDayKey,
  signAnnouncement,
  signingKeyFromJwk,
  type SigningKey,
} from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { ItemVerification } from './item-verification.js';
import { Retractions } from './retractions.js';

const now = 1_800_000_000;
const day = Math.floor(now / 86_400);
const clock: Clock = { now: () => now * 1_000, random: () => 0, after: () => () => undefined };

const newKey = async (): Promise<SigningKey> => signingKeyFromJwk(await generatePrivateJwk());
const idOf = (number: number): string => encodeBase64url(new Uint8Array(32).fill(number));
const archive = idOf(200);
const nodeOf = (number: number): Sender => ({
  id: new Key(new Uint8Array(32).fill(number)),
  archive,
  role: 'server',
});

const mailbox = await newKey();
const dayKey = await mailboxDayKey(mailbox.publicKey, day);
const place = mailboxPlace(dayKey.publicKey);

/** @param sought the mailbox that is looked for; a holder looks for none */
const reader = (sought?: string) => {
  const verification = new ItemVerification({
    clock,
    aheadSeconds: () => 0,
    retractions: new Retractions(),
    soughtMailbox: (at) => (at.key.equals(place.key) ? sought : undefined),
    letGo: () => undefined,
  });
  return (item: string, from: number, at: Place = place): Promise<Verdict> =>
    verification.verify(item, { place: at }, nodeOf(from));
};

/** What a node says of itself, or of another. */
const said = (node: number, by: SigningKey, dayBy: SigningKey): Promise<string> =>
  signAnnouncement({ node: idOf(node), archive, iat: now }, by, dayBy);

describe('an announcement that is brought to be held', () => {
  it('is taken from the node that it is of, and named after it', async () => {
    const item = await said(1, mailbox, dayKey);
    expect(await reader()(item, 1)).toEqual({
      ok: true,
      item: { item, id: nodeOf(1).id, iat: now, exp: now + 600 },
    });
    // From another one it may be a repetition: nobody is to blame.
    expect(await reader()(item, 2)).toEqual({ ok: false, code: 'quota-exceeded' });
  });

  it('is a forgery when whoever made it knows the place and not the mailbox', async () => {
    const stranger = await newKey();
    const others = await mailboxDayKey(stranger.publicKey, day);
    const forged = await Promise.all([
      said(1, stranger, stranger),
      said(1, stranger, others),
      said(1, mailbox, await mailboxDayKey(mailbox.publicKey, day - 1)),
    ]);
    for (const item of forged) {
      for (const read of [reader(), reader(mailbox.publicKey)]) {
        expect(await read(item, 1)).toEqual({ ok: false, code: 'announcement-invalid' });
      }
    }
  });
});

describe('an announcement that a search has brought', () => {
  it('is believed whoever gives it, when it is signed by the mailbox that is looked for', async () => {
    const item = await said(1, mailbox, dayKey);
    expect(await reader(mailbox.publicKey)(item, 2)).toMatchObject({ ok: true, item: { item } });
  });

  it('is not believed of others who know the mailbox, for which nobody who holds it is to blame', async () => {
    const contact = await newKey();
    const item = await said(1, contact, dayKey);
    expect(await reader()(item, 1)).toMatchObject({ ok: true });
    expect(await reader(mailbox.publicKey)(item, 2)).toEqual({ ok: false, code: 'quota-exceeded' });
    expect(await reader(mailbox.publicKey)(item, 1)).toEqual({ ok: false, code: 'quota-exceeded' });
  });
});

describe('the place of a mailbox', () => {
  it('is another one every day, and the same for all who know the mailbox', async () => {
    const again = await mailboxDayKey(mailbox.publicKey, day);
    const next = await mailboxDayKey(mailbox.publicKey, day + 1);
    expect(again.publicKey).toBe(dayKey.publicKey);
    expect(next.publicKey).not.toBe(dayKey.publicKey);
    await expect(mailboxDayKey('kelp', day)).rejects.toMatchObject({ code: 'key-invalid' });
  });
});
