/** What the relay of an archive refuses, drops and counts (spec/relay.md, "Bounds"). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signJoin } from '@holdfast/protocol';
import { bootArchive, freePort, type ArchiveProcess } from '@holdfast/testing';
import { eventually } from './eventually.js';
import { makeNodeKey, NodeClient } from './node-client.js';
import { SocketClient } from './socket-client.js';

let archive: ArchiveProcess;
let address: string;

beforeAll(async () => {
  const port = await freePort();
  address = `http://127.0.0.1:${port}/metrics`;
  archive = await bootArchive({
    settings: {
      HOLDFAST_METRICS_PORT: String(port),
      HOLDFAST_RELAY_TICKETS_PER_NETWORK: '4',
      HOLDFAST_RELAY_FRAMES_PER_SECOND: '500',
      HOLDFAST_RELAY_BYTES_PER_SECOND: '1000000',
      HOLDFAST_RELAY_FLOODS_PER_MINUTE: '2',
    },
  });
  for (let i = 0; i < 4; i++) keys.push(await makeNodeKey());
}, 240_000);
afterAll(() => archive?.destroy());

/** All that have tickets. Each test sends from another one: the budget is the node's. */
const keys: Awaited<ReturnType<typeof makeNodeKey>>[] = [];
const join = (place: number) => NodeClient.join(archive.url, { key: keys[place]! });

async function metric(name: string): Promise<number> {
  const line = (await (await fetch(address)).text()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

describe('what a node may have carried', () => {
  it('is told to it', async () => {
    const { joined } = await join(0);
    expect(joined).toMatchObject({ framesPerSecond: 500, bytesPerSecond: 1_000_000, floodsPerMinute: 2 });
  });

  it('is bounded in floods: what is over it is dropped, which it hears once', async () => {
    const [alice, bob] = [await join(0), await join(1)];
    const sent = [0, 1].map(() => alice.relay(bob.contact, { isFlood: true }));
    for (let i = 0; i < 5; i++) alice.relay(bob.contact, { isFlood: true });
    sent.push(alice.relay(bob.contact));
    const came = [await bob.received(), await bob.received(), await bob.received()];
    expect(came.map(({ frame }) => frame)).toEqual(sent);
    const error = await alice.client.next('error');
    expect(error).toMatchObject({ code: 'quota-exceeded', quota: 'relay-floods', retryable: true });
    expect(error.until).toEqual(expect.any(Number));
    expect(alice.client.frames.filter(({ op }) => op === 'error')).toEqual([]);
    expect(await metric('holdfast_relay_dropped_total{reason="relay-floods"}')).toBe(5);
  });

  it('is bounded in bytes', async () => {
    const [alice, bob] = [await join(2), await join(1)];
    // More than any machine earns back while it sends them.
    for (let i = 0; i < 60; i++) alice.relay(bob.contact, {}, 160 * 1024);
    expect(await alice.client.next('error')).toMatchObject({ code: 'quota-exceeded', quota: 'relay-bytes' });
    await bob.received();
    expect(await metric('holdfast_relay_dropped_total{reason="relay-bytes"}')).toBeGreaterThan(0);
  });

  it('is lost when the receiver does not read it, and the sender is told that nobody is there', async () => {
    const [alice, bob] = [await join(3), await join(1)];
    bob.client.pause();
    await eventually(
      () => {
        alice.relay(bob.contact, {}, 64 * 1024);
        return Promise.resolve(alice.client.frames);
      },
      (frames) => frames.some(({ op }) => op === 'gone'),
    );
    bob.client.resume();
    expect((await bob.received()).from).toEqual(alice.contact);
    const unread = await metric('holdfast_relay_dropped_total{reason="unread"}');
    expect(unread).toBeGreaterThan(0);
  });
});

describe('a network', () => {
  it('has so many tickets and no more, of which a key needs one', async () => {
    for (const place of keys.keys()) await (await join(place)).client.close();
    const { client, hello } = await SocketClient.connect(archive.url);
    const key = await makeNodeKey();
    const proof = await signJoin(key, hello.archive, hello.challenge);
    const answer = await client.ask({ op: 'join', node: key.publicKey, role: 'server', proof });
    expect(answer).toMatchObject({ op: 'error', code: 'quota-exceeded', quota: 'network-tickets' });
    expect(await metric('holdfast_relay_tickets_refused_total')).toBe(1);
    await join(0);
  });
});

describe('an archive that does not relay', () => {
  it('says so, to those who ask and to those who try', async () => {
    const off = await bootArchive({ settings: { HOLDFAST_RELAY: 'false' } });
    try {
      const card = (url: string) => fetch(`${url}/.well-known/holdfast`).then((answer) => answer.json());
      expect(await card(off.url)).toMatchObject({ relay: false });
      expect(await card(archive.url)).toMatchObject({ relay: true });
      const { client, hello } = await SocketClient.connect(off.url);
      const key = await makeNodeKey();
      const proof = await signJoin(key, hello.archive, hello.challenge);
      const joined = await client.ask({ op: 'join', node: key.publicKey, role: 'server', proof });
      expect(joined).toMatchObject({ op: 'error', code: 'relay-off', retryable: false });
      const nearby = await client.ask({ op: 'nearby', target: key.publicKey });
      expect(nearby).toMatchObject({ op: 'error', code: 'relay-off' });
    } finally {
      await off.destroy();
    }
  }, 240_000);
});
