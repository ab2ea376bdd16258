/** vectors/announcements.json: who says that a mailbox is collected at which node, as a searcher reads it. */
import { decodeBase64url, encodeBase64url } from '../../encoding/base64url.js';
import { limits } from '../../limits.js';
import { signingKeyFromJwk, type SigningKey } from '../../keys/ed25519.js';
import { mailboxDayKey, signAnnouncement, type MailboxAnnouncement } from '../../mailboxes/announcement.js';
import { alice, bobsMailbox, carolsMailbox } from '../people.js';
import type { VectorCase } from '../vector-file.js';
import { pseudoRandom } from './raw-jws.js';
import { now } from './record-vectors.js';

export async function announcementVectors(): Promise<VectorCase[]> {
  const mailbox = await signingKeyFromJwk((await bobsMailbox()).signing);
  const others = await signingKeyFromJwk((await carolsMailbox()).signing);
  const node = encodeBase64url(await pseudoRandom('node', 32));
  const announced: MailboxAnnouncement = { node, archive: alice.x, iat: now };
  const day = 20_000;
  const dayKey = await mailboxDayKey(mailbox.publicKey, day);
  const text = await signAnnouncement(announced, mailbox, dayKey);
  const bytes = decodeBase64url(text)!;
  const good = async (name: string, iat: number): Promise<VectorCase> => ({
    name,
    announcement: await signAnnouncement({ ...announced, iat }, mailbox, dayKey),
    mailbox: mailbox.publicKey,
    day,
    now,
    expect: { ok: true, ...announced, iat },
  });
  const bad = (name: string, announcement: string, more: object = {}): VectorCase => ({
    name,
    announcement,
    mailbox: mailbox.publicKey,
    day,
    now,
    ...more,
    expect: { ok: false, code: 'announcement-invalid' },
  });
  const at = async (iat: number): Promise<string> => signAnnouncement({ ...announced, iat }, mailbox, dayKey);
  const changed = (place: number): string => {
    const other = bytes.slice();
    other[place]! ^= 1;
    return encodeBase64url(other);
  };
  const dayKeyOf = ({ publicKey }: SigningKey): Promise<SigningKey> => mailboxDayKey(publicKey, day);
  const { announcementSeconds, announcementSkewSecondsMax: skew } = limits;
  return [
    await good('one of now', now),
    await good('one by a clock that is ahead', now + skew),
    await good('one that is as good as over', now - announcementSeconds - skew + 1),
    bad('one of the future', await at(now + skew + 1)),
    bad('one that is over', await at(now - announcementSeconds - skew)),
    bad('one of the beginning of time', await at(0)),
    bad("another mailbox's", await signAnnouncement(announced, others, await dayKeyOf(others))),
    bad("another mailbox's, by who knows this one", await signAnnouncement(announced, others, dayKey)),
    bad('by a key that is none of the mailbox', await signAnnouncement(announced, mailbox, others)),
    bad("another day's", text, { day: day + 1 }),
    bad('at the place of another mailbox', text, { place: (await dayKeyOf(others)).publicKey }),
    bad('at a place that is no key', text, { place: encodeBase64url(new Uint8Array(32)) }),
    bad('read for another mailbox', text, { mailbox: others.publicKey }),
    bad('another version', changed(0)),
    bad('another node', changed(1)),
    bad('another archive', changed(33)),
    bad('another time', changed(68)),
    bad('another signature', changed(69)),
    bad('another signature of the day', changed(133)),
    bad('a byte more', encodeBase64url(Uint8Array.of(...bytes, 0))),
    bad('a byte less', encodeBase64url(bytes.subarray(1))),
    bad('with padding', `${text}=`),
    bad('nothing', ''),
  ];
}
