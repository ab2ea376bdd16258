import { describe, expect, it } from '@jest/globals';
import { commonPrefix } from '../src/keys/key.js';
import { dhtSettings } from '../src/limits.js';
import { contactAt, LoneNode } from './lone-node.js';
import { Network, type Member } from './network.js';

const { bucketSize, siblings } = dhtSettings;

/** As somebody comes whose archive names the closest that it knows. */
function joinNearby(network: Network): Member {
  const member = network.add();
  const near = network.closest(member.contact.id, 9).filter((other) => other !== member);
  network.act(member, (node) =>
    node.learn(
      near.map(({ contact }) => contact),
      'hint',
      network.nowMs,
    ),
  );
  network.run(50);
  return member;
}

/** Buckets, from the farthest, up to where the node's siblings stand. */
function beyondSiblings({ node, contact }: Member): number[] {
  const buckets = node.contacts(4_096).map(({ id }) => commonPrefix(contact.id, id));
  const first = buckets.sort((a, b) => b - a)[siblings - 1]!;
  return Array.from({ length: first }, (_, bucket) => buckets.filter((one) => one === bucket).length);
}

describe('nodes that were told of their neighbours only', () => {
  it('know enough of every distance when all have looked around', () => {
    const network = new Network({ seed: 11 });
    const members = Array.from({ length: 300 }, () => joinNearby(network));
    network.run(180_000);
    const lacking = members.filter((member) => Math.min(...beyondSiblings(member)) < bucketSize / 2);
    // Where the siblings begin is not the same for long.
    expect(lacking.length).toBeLessThanOrEqual(members.length * 0.05);
  });
});

describe('a node that has kept contacts of every distance', () => {
  it('asks these whether they are there, and looks for others only where they are too few', () => {
    const node = new LoneNode();
    const { id: self } = node.self;
    const kept = [0, 1, 2, 3].flatMap((bucket) =>
      Array.from({ length: bucketSize - 2 }, (_, at) => contactAt(self, 2 ** (31 - bucket) + at)),
    );
    // Each knows those that come after it.
    const near = Array.from({ length: siblings + 4 }, (_, at) => contactAt(self, 2 ** 27 + at));
    const isAway = (bucket: number): boolean => bucket === 2;
    node.answer = (to, request) => {
      if (isAway(commonPrefix(self, to.id))) return 'gone';
      if (request.kind !== 'find') return { kind: 'pong', n: request.n };
      const at = near.findIndex(({ id }) => id.equals(to.id));
      const contacts = near
        .slice(at + 1)
        .concat(near)
        .slice(0, 8);
      return { kind: 'found', n: request.n, contacts, items: [] };
    };
    node.act((dht, nowMs) => dht.learn([...kept, ...near], 'kept', nowMs));
    node.run(120_000);

    const asked = new Set(node.did('send').map(({ to }) => to.id.text));
    expect(kept.filter(({ id }) => !asked.has(id.text)).map(({ id }) => id.text)).toEqual([]);
    const targets = new Map(node.sent('find').map(({ message: { target } }) => [target.text, target]));
    // Itself, one in the other half to join, one in the bucket in which nobody is left, and any.
    const buckets = [...targets.values()].map((target) => commonPrefix(self, target));
    expect(buckets.slice(0, 3)).toEqual([256, 0, 2]);
    expect(buckets).toHaveLength(4);
  });
});
