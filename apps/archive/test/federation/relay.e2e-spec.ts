/** The relay between archives that are peers, and what it does with those that are not or misbehave (spec/relay.md). */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootFederation, operate, type ArchiveProcess, type Federation } from '@holdfast/testing';
import { eventually } from '../eventually.js';
import { frameOf, NodeClient } from '../node-client.js';
import { FakePeer } from './fake-peer.js';

/** Ends what hangs. */
const msMax = 180_000;

let federation: Federation;
let one: ArchiveProcess;
let two: ArchiveProcess;
let apart: ArchiveProcess;

beforeAll(async () => {
  // The second and the third do not know each other.
  federation = await bootFederation({
    archives: 3,
    mesh: [
      [0, 1],
      [0, 2],
    ],
    settings: { HOLDFAST_RELAY_TICKETS_PER_NETWORK: '0' },
  });
  [one, two, apart] = federation.archives as [ArchiveProcess, ArchiveProcess, ArchiveProcess];
}, msMax);
afterAll(() => federation?.destroy());

async function untilGone(sender: NodeClient, to: NodeClient): Promise<void> {
  await eventually(
    () => {
      sender.relay(to.contact);
      return Promise.resolve(sender.client.frames);
    },
    (frames) => frames.some(({ op }) => op === 'gone'),
  );
}

describe('nodes at two archives that are linked', () => {
  it('exchange frames, and hear at once that one is not there', async () => {
    const [alice, bob] = [await NodeClient.join(one.url), await NodeClient.join(two.url)];
    const sent = alice.relay(bob.contact);
    expect(await bob.received()).toMatchObject({ from: alice.contact, frame: sent });
    const answered = bob.relay(alice.contact, {}, 160 * 1024);
    expect(await alice.received()).toMatchObject({ from: bob.contact, frame: answered });
    await bob.client.close();
    alice.relay(bob.contact);
    expect(await alice.gone()).toMatchObject(bob.contact);
  });

  it('do not reach each other over a third archive', async () => {
    const [bob, carol] = [await NodeClient.join(two.url), await NodeClient.join(apart.url)];
    bob.relay(carol.contact);
    expect(await bob.gone()).toMatchObject(carol.contact);
  });

  it(
    'do not reach each other while one of them is blocked, and do again when it is not',
    async () => {
      const [alice, carol] = [await NodeClient.join(one.url), await NodeClient.join(apart.url)];
      await operate(one, 'peers', 'block', apart.id);
      // The link is being cut, on one side and then on the other.
      await untilGone(alice, carol);
      await untilGone(carol, alice);
      await operate(one, 'peers', 'approve', apart.id);
      await federation.linked();
      const sent = new Set<string>();
      await eventually(
        () => {
          sent.add(alice.relay(carol.contact));
          return Promise.resolve(carol.client.frames);
        },
        (frames) => frames.some((each) => each.op === 'relayed' && sent.has(each.frame)),
      );
    },
    msMax,
  );
});

describe('a peer of whom', () => {
  it(
    'servers are told names them to its own nodes, until the link is over',
    async () => {
      const peer = await FakePeer.approvedBy(one);
      const asking = await NodeClient.join(one.url, { role: 'observer' });
      const told = Buffer.alloc(32, 7).toString('base64url');
      const over = peer.link(
        { hello: () => JSON.stringify({ op: 'nodes', nodes: [told] }) },
        { relays: true },
      );
      const contact = { node: told, archive: peer.id };
      const has = (contacts: readonly object[]) =>
        contacts.some((each) => JSON.stringify(each) === JSON.stringify(contact));
      await eventually(() => asking.nearby(told), has);
      await operate(one, 'peers', 'remove', peer.id);
      await over;
      await eventually(
        () => asking.nearby(told),
        (contacts) => !has(contacts),
      );
    },
    msMax,
  );

  it.each([
    ['garbage', randomBytes(500), true],
    ['frames as text', `{"op":"relay","to":"${'A'.repeat(43)}","frame":"${'A'.repeat(183)}"}`, true],
    ['nodes though it has not said that it relays', '{"op":"nodes","nodes":[]}', false],
    ['a frame though it has not said so', frameOf({ from: 'B'.repeat(43), to: 'C'.repeat(43) }), false],
  ])(
    'comes %s is marked and let go of',
    async (_what, said, relays) => {
      const peer = await FakePeer.approvedBy(one);
      expect(await peer.link({ hello: () => said }, { relays })).toBe('peer-misbehaved');
      await eventually(
        () => peer.refusal(),
        (code) => code === 'peer-misbehaved',
      );
      const [alice, bob] = [await NodeClient.join(one.url), await NodeClient.join(two.url)];
      const sent = alice.relay(bob.contact);
      expect(await bob.received()).toMatchObject({ frame: sent });
    },
    msMax,
  );
});
