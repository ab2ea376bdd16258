import { describe, expect, it } from '@jest/globals';
import { commonPrefix } from '../src/keys/key.js';
import { dhtSettings } from '../src/limits.js';
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
    const members = Array.from({ length: 600 }, () => joinNearby(network));
    network.run(180_000);
    const lacking = members.filter((member) => Math.min(...beyondSiblings(member)) < bucketSize / 2);
    // Where the siblings begin is not the same for long.
    expect(lacking.length).toBeLessThanOrEqual(members.length * 0.05);
  });
});
