/** The relay of one archive, seen by real clients (spec/relay.md). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeRelayedFrame, limits, signJoin } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { randomBytes } from 'node:crypto';
import { eventually } from './eventually.js';
import { frameOf, makeNodeKey, NodeClient } from './node-client.js';
import { SocketClient } from './socket-client.js';

let archive: ArchiveProcess;

beforeAll(async () => {
  archive = await bootArchive({ settings: { HOLDFAST_RELAY_TICKETS_PER_NETWORK: '0' } });
}, 240_000);
afterAll(() => archive?.destroy());

const nobody = (): string => randomBytes(32).toString('base64url');
const join = (role?: 'server' | 'observer') =>
  NodeClient.join(archive.url, role === undefined ? {} : { role });

describe('two nodes at one archive', () => {
  it('exchange frames, and are told whom they are from', async () => {
    const [alice, bob] = [await join(), await join('observer')];
    const sent = alice.relay(bob.contact);
    expect(await bob.received()).toMatchObject({ from: alice.contact, frame: sent });
    const answered = bob.relay(alice.contact, {}, limits.nodeFrameBytesMax);
    expect(await alice.received()).toMatchObject({ from: bob.contact, frame: answered });
  });

  it('get their frames in the order in which they were sent', async () => {
    const [alice, bob] = [await join(), await join()];
    const sent = Array.from({ length: 100 }, () => alice.relay(bob.contact));
    const came: string[] = [];
    while (came.length < sent.length) came.push((await bob.received()).frame);
    expect(came).toEqual(sent);
  });
});

describe('a node that is not there', () => {
  it('is gone at once, wherever it is said to be', async () => {
    const alice = await join();
    const absent = { node: nobody(), archive: archive.id };
    alice.relay(absent);
    expect(await alice.gone()).toMatchObject(absent);
    const elsewhere = { node: nobody(), archive: (await makeNodeKey()).publicKey };
    alice.relay(elsewhere);
    expect(await alice.gone()).toMatchObject(elsewhere);
  });

  it('is gone after it has disconnected, or has cancelled its join', async () => {
    const [alice, bob, carol] = [await join(), await join(), await join()];
    await bob.client.close();
    alice.relay(bob.contact);
    expect(await alice.gone()).toMatchObject(bob.contact);
    carol.client.send({ op: 'cancel', target: carol.joined.n });
    await carol.client.next('ended', carol.joined.n);
    alice.relay(carol.contact);
    expect(await alice.gone()).toMatchObject(carol.contact);
  });
});

describe('joining', () => {
  it('gives a node the same id whenever it asks, also after a restart, and another key another one', async () => {
    // Of a key whose id does not change within the next hours.
    const lastsLong = ({ joined: { ticket } }: NodeClient): boolean =>
      Buffer.from(ticket, 'base64url').readUInt32BE(40) > Date.now() / 1000 + 3 * 3_600;
    let first = await join();
    while (!lastsLong(first)) first = await join();
    const other = await join();
    expect(other.joined.node).not.toBe(first.joined.node);
    await archive.stop();
    await archive.start();
    const again = await NodeClient.join(archive.url, { key: first.key });
    expect(again.contact).toEqual(first.contact);
    expect(again.joined.ticket).toBe(first.joined.ticket);
  }, 240_000);

  it('is refused without a proof of the key, for this connection and this archive', async () => {
    const { client, hello } = await SocketClient.connect(archive.url);
    const [key, other] = [await makeNodeKey(), await makeNodeKey()];
    const { hello: before } = await SocketClient.connect(archive.url);
    const proofs = [
      await signJoin(other, hello.archive, hello.challenge),
      await signJoin(key, hello.archive, before.challenge),
      await signJoin(key, other.publicKey, hello.challenge),
      'A'.repeat(86),
    ];
    for (const proof of proofs) {
      const answer = await client.ask({ op: 'join', node: key.publicKey, role: 'server', proof });
      expect(answer).toMatchObject({ op: 'error', code: 'not-authorised' });
    }
    const proof = await signJoin(key, hello.archive, hello.challenge);
    const answer = await client.ask({ op: 'join', node: key.publicKey, role: 'server', proof });
    expect(answer).toMatchObject({ op: 'joined' });
  });

  it('is for one node a connection, until it has cancelled', async () => {
    const { client, hello } = await SocketClient.connect(archive.url);
    const ask = async () => {
      const key = await makeNodeKey();
      const proof = await signJoin(key, hello.archive, hello.challenge);
      return client.ask({ op: 'join', node: key.publicKey, role: 'server', proof });
    };
    const first = await ask();
    expect(await ask()).toMatchObject({ op: 'error', code: 'quota-exceeded' });
    const target = (first as { n: number }).n;
    client.send({ op: 'cancel', target });
    await client.next('ended', target);
    expect(await ask()).toMatchObject({ op: 'joined' });
  });

  it('again on another connection ends it on the one before', async () => {
    const [old, bob] = [await join(), await join()];
    const fresh = await NodeClient.join(archive.url, { key: old.key });
    expect(await old.client.next('error', old.joined.n)).toMatchObject({ code: 'not-joined' });
    const sent = bob.relay(fresh.contact);
    expect(await fresh.received()).toMatchObject({ frame: sent });
    old.relay(bob.contact);
    expect(await old.client.next('error')).toMatchObject({ code: 'not-joined' });
    // That the connection before ends must not end the node.
    await old.client.close();
    const later = bob.relay(fresh.contact);
    expect(await fresh.received()).toMatchObject({ frame: later });
  });

  it('tells of servers near the node, and of no observers', async () => {
    const [server, observer] = [await join(), await join('observer')];
    const asking = await join('observer');
    expect(await asking.nearby(server.contact.node)).toContainEqual(server.contact);
    expect((await asking.nearby(server.contact.node))[0]).toEqual(server.contact);
    expect(await asking.nearby(observer.contact.node)).not.toContainEqual(observer.contact);
    expect(await server.nearby(server.contact.node)).not.toContainEqual(server.contact);
    expect(asking.joined.nearby.length).toBeGreaterThan(0);
    await server.client.close();
    await eventually(
      () => asking.nearby(server.contact.node),
      (contacts) => contacts.every(({ node }) => node !== server.contact.node),
    );
  });
});

describe('a frame', () => {
  it('is refused that is not from the node that has joined', async () => {
    const [mallory, bob, carol] = [await join(), await join(), await join()];
    mallory.relay(bob.contact, { from: carol.contact.node });
    expect(await mallory.client.next('error')).toMatchObject({ code: 'not-authorised' });
    const honest = carol.relay(bob.contact);
    expect(await bob.received()).toMatchObject({ from: carol.contact, frame: honest });
  });

  it('is refused that is of another version, of no known class, or garbage', async () => {
    const [mallory, bob] = [await join(), await join()];
    const right = frameOf({ from: mallory.contact.node, to: bob.contact.node });
    for (const at of [0, 1]) {
      const n = mallory.client.relay(archive.id, Buffer.from(right).fill(2, at, at + 1));
      expect(await mallory.client.next('error', n)).toMatchObject({ code: 'request-malformed' });
    }
    const whole = encodeRelayedFrame({
      n: 99,
      archive: Buffer.from(archive.id, 'base64url'),
      frame: new Uint8Array(limits.nodeFrameBytesMax),
    });
    for (const message of [
      new Uint8Array(0),
      whole.subarray(0, 173),
      Buffer.concat([whole, Buffer.of(0)]),
      whole.with(0, 2),
      right,
    ]) {
      mallory.client.binary(message);
      expect(await mallory.client.next('error')).toMatchObject({ code: 'request-malformed' });
    }
    const asText = await mallory.client.ask({
      op: 'relay',
      to: bob.contact,
      frame: right.toString('base64url'),
    });
    expect(asText).toMatchObject({ op: 'error', code: 'op-unknown' });
    const sent = mallory.relay(bob.contact);
    expect(await bob.received()).toMatchObject({ frame: sent });
  });

  it('is refused on a connection on which nobody has joined', async () => {
    const { client } = await SocketClient.connect(archive.url);
    const to = (await join()).contact;
    const n = client.relay(to.archive, frameOf({ from: nobody(), to: to.node }));
    expect(await client.next('error', n)).toMatchObject({ code: 'not-joined', retryable: true });
  });
});
