import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../test/eventually.js';
import { PeerSide, type EchoLink } from '../../test/peer-side.js';
import { archiveLimits } from '../limits.js';
import { PrismaService } from '../platform/database/prisma.service.js';

let one: PeerSide;
let two: PeerSide;

beforeEach(async () => {
  [one, two] = await Promise.all([PeerSide.open(), PeerSide.open()]);
});
afterEach(async () => {
  await Promise.all([one.close(), two.close()]);
});

const isSame = (value: unknown) => value === true;
const linked = (side: PeerSide, other: PeerSide) =>
  eventually(async () => side.links.get(other.id) !== undefined, isSame);
const unlinked = (side: PeerSide, other: PeerSide) =>
  eventually(async () => side.links.get(other.id) === undefined, isSame);
const lastLink = (side: PeerSide): EchoLink => side.opener.links.at(-1)!;
const errorAt = (side: PeerSide, other: PeerSide) =>
  eventually(
    async () => (await side.book.find(other.id))?.error,
    (error) => error !== undefined,
  );

/** One has added two, and two has approved one. */
async function join(): Promise<void> {
  await one.book.add(two.id, two.url);
  await errorAt(one, two);
  await two.book.approve(one.id);
  // As it does by itself a moment later.
  await one.book.add(two.id, two.url);
  await Promise.all([linked(one, two), linked(two, one)]);
}

describe('two archives', () => {
  it('are linked once both operators want it, and not before', async () => {
    await one.book.add(two.id, two.url);
    expect(await errorAt(one, two)).toMatch(/^peer-pending: /);
    expect(await two.book.find(one.id)).toMatchObject({ state: 'pending', url: one.url, origin: 'itself' });
    expect([one.opener.links, two.opener.links]).toEqual([[], []]);
    await two.book.approve(one.id);
    await Promise.all([linked(one, two), linked(two, one)]);
    expect(lastLink(one).peer).toEqual({ id: two.id, dialedByUs: true });
    expect(lastLink(two).peer).toEqual({ id: one.id, dialedByUs: false });
    await eventually(
      async () => (await one.book.find(two.id))?.error,
      (error) => error === undefined,
    );
  });

  it('say text to each other, both ways and in order', async () => {
    await join();
    await Promise.all(['a', 'b', 'ü'].map((frame) => lastLink(one).channel.send(frame)));
    await eventually(
      async () => lastLink(one).frames.length,
      (count) => count === 3,
    );
    expect(lastLink(two).frames).toEqual(['a', 'b', 'ü']);
    expect(lastLink(one).frames).toEqual(['echo a', 'echo b', 'echo ü']);
    const { bytesIn, bytesOut } = one.links.totalsOf(two.id);
    expect(Math.min(bytesIn, bytesOut)).toBeGreaterThan(0);
  });

  it('have one link although both dial', async () => {
    await Promise.all([one.book.add(two.id, two.url), two.book.add(one.id, one.url)]);
    await Promise.all([linked(one, two), linked(two, one)]);
    // Until the two connections are sorted out, what is said on one of them may be lost.
    await eventually(async () => {
      await lastOpen(one)
        ?.channel.send('still there')
        .catch(() => undefined);
      return isOneLink() && lastOpen(two)?.frames.includes('still there') === true;
    }, isSame);
  });

  it('are linked when both have rotated their keys, and show the new ones themselves', async () => {
    for (const side of [one, two, two])
      await side.identity.rotate(new PrismaService(side.db.database), Date.now());
    await join();
    const kept = (await one.book.keys(two.id))!.endorsements;
    expect(kept).toEqual(two.identity.endorsements);
    expect(kept).toHaveLength(2);
  });

  it('are linked again after the network broke', async () => {
    await join();
    const before = one.opener.links.length;
    two.cut();
    await eventually(
      async () => one.opener.links.length,
      (count) => count > before,
    );
    await Promise.all([linked(one, two), linked(two, one)]);
    await lastLink(one).channel.send('again');
    await eventually(
      async () => lastLink(two).frames,
      (frames) => frames.includes('again'),
    );
  });

  it.each(['block', 'remove'] as const)(
    'have no link a moment after one operator has said: %s',
    async (act) => {
      await join();
      await two.book[act](one.id);
      await Promise.all([unlinked(one, two), unlinked(two, one)]);
      const expected = act === 'block' ? /^not-authorised: / : /^peer-pending: /;
      await eventually(
        async () => (await one.book.find(two.id))?.error ?? '',
        (error) => expected.test(error),
      );
      expect(two.links.get(one.id)).toBeUndefined();
    },
  );

  it('have no link when this one no longer wants it, and nobody dials', async () => {
    await join();
    await one.book.remove(two.id);
    await Promise.all([unlinked(one, two), unlinked(two, one)]);
    expect(one.dialing.nextAttemptAtMs(two.id)).toBeUndefined();
    expect(two.dialing.nextAttemptAtMs(one.id)).toBeUndefined();
  });
});

describe('a link', () => {
  it('that ends for what the peer sent marks it, and keeps it out for a while', async () => {
    await join();
    const link = lastLink(two);
    link.channel.close('peer-misbehaved', 'A record was forged.');
    await unlinked(two, one);
    const marked = await eventually(
      async () => two.book.find(one.id),
      (peer) => (peer?.misbehaved ?? 0) > 0,
    );
    expect(marked).toMatchObject({ misbehaved: 1, error: 'peer-misbehaved: A record was forged.' });
    expect(marked!.nextAttemptAtMs! - Date.now()).toBeGreaterThan(archiveLimits.misbehavedRestMsMin / 2);
    // The other one is told, and does not think that anything was wrong with this one.
    expect(
      await eventually(
        async () => (await one.book.find(two.id))?.error ?? '',
        (error) => error.startsWith('peer-misbehaved'),
      ),
    ).toBeDefined();
    expect(await one.book.find(two.id)).toMatchObject({ misbehaved: 0 });
    expect(two.links.get(one.id)).toBeUndefined();
    await two.book.approve(one.id);
    await one.book.add(two.id, two.url);
    await Promise.all([linked(one, two), linked(two, one)]);
  });

  it('marks a peer that sends what is no text', async () => {
    await join();
    const socket = (one.links.get(two.id)!.connection as unknown as { socket: { send(data: Buffer): void } })
      .socket;
    socket.send(Buffer.from('{}'));
    await eventually(
      async () => (await two.book.find(one.id))?.misbehaved,
      (count) => count === 1,
    );
  });

  it('marks a peer that relays and sends a frame to an archive that does not', async () => {
    one.links.relayWith({ open: () => ({ received: () => true, closed: () => undefined }) });
    await join();
    const { connection } = one.links.get(two.id)!;
    expect(two.links.get(one.id)!.connection.relays).toBe(true);
    expect(connection.offer(Buffer.alloc(200))).toBe(true);
    await eventually(
      async () => (await two.book.find(one.id))?.misbehaved,
      (count) => count === 1,
    );
    expect(lastLink(two).frames).toEqual([]);
  });

  it('makes whoever sends wait until the other side has read, and fails when it is over', async () => {
    await join();
    const { channel } = lastLink(one);
    const transport = (
      two.links.get(one.id)!.connection as unknown as { transport: { pause(): void; resume(): void } }
    ).transport;
    transport.pause();
    const frame = 'echo '.padEnd(1024 * 1024, 'x');
    let sent = 0;
    const sending = Array.from({ length: 24 }, () => channel.send(frame).then(() => (sent += 1)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent).toBeLessThan(24);
    transport.resume();
    await Promise.all(sending);
    expect(sent).toBe(24);
    channel.close();
    await expect(channel.send('late')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('ends as too slow with more unread than it may have', async () => {
    await join();
    const { channel } = lastLink(one);
    const transport = (two.links.get(one.id)!.connection as unknown as { transport: { pause(): void } })
      .transport;
    transport.pause();
    const frame = 'echo '.padEnd(1024 * 1024, 'x');
    const count = archiveLimits.linkUnreadBytesMax / frame.length + 16;
    const sending = await Promise.allSettled(Array.from({ length: count }, () => channel.send(frame)));
    const codes = sending.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
    );
    expect(codes).toContain('too-slow');
    await unlinked(one, two);
  });
});

const lastOpen = (side: PeerSide): EchoLink | undefined =>
  side.opener.links.findLast(({ closed }) => !closed);

/** Each side has one, and it is the same. */
function isOneLink(): boolean {
  const open = [one, two].map((side) => side.opener.links.filter(({ closed }) => !closed));
  const dialed = open.map(([link]) => link?.peer.dialedByUs);
  return open.every(({ length }) => length === 1) && dialed[0] !== dialed[1];
}
