import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../src/messages/message.js';
import { type Member, Network, recordPlaceOf } from './network.js';

/** Tells of those that are closest in truth, beside an archive that none of them is at. */
function nameBesideAnotherArchive(network: Network, liar: Member): void {
  liar.lie = (request): Answer | undefined =>
    request.kind === 'find'
      ? {
          kind: 'found',
          n: request.n,
          contacts: network
            .closest(request.target, 8)
            .map(({ contact }) => ({ id: contact.id, archive: 'nowhere' })),
          items: [],
        }
      : undefined;
}

describe('whoever names a node beside an archive that is not its own', () => {
  it('takes it from nobody who knows it', () => {
    const network = new Network({ seed: 81, archives: 1_000 }).grow(12);
    const [asker, liar] = network.all as [Member, Member];
    const known = asker.node.contacts(1_000).filter(({ id }) => !id.equals(liar.contact.id));
    nameBesideAnotherArchive(network, liar);
    const begun = network.act(asker, (node) =>
      known.map(({ id }) => node.search({ place: recordPlaceOf(id) }, { among: ['rings'] }, network.nowMs)),
    );
    network.run(1_000);
    for (const { id } of known) network.act(asker, (node) => node.gone(id, network.nowMs, 'nowhere'));
    expect(begun).toHaveLength(known.length);
    expect(asker.node.contacts(1_000)).toEqual(expect.arrayContaining(known));
  });

  it('ends no request to it', () => {
    const network = new Network({ seed: 82 }).grow(10);
    network.keepsEffects = true;
    const [asker, silent] = network.all as [Member, Member];
    silent.isSilent = true;
    const { id, archive } = silent.contact;
    network.act(asker, (node) => node.deliver(silent.contact, 'signal', new Uint8Array(1), network.nowMs));
    const outcomes = () => asker.effects.flatMap((each) => (each.do === 'delivered' ? [each.outcome] : []));
    network.act(asker, (node) => node.gone(id, network.nowMs, 'nowhere'));
    expect(outcomes()).toEqual([]);
    network.act(asker, (node) => node.gone(id, network.nowMs, archive));
    expect(outcomes()).toEqual(['gone']);
  });

  it('does not hide it from a lookup', () => {
    const network = new Network({ seed: 83, settings: { rings: 1 } });
    const [holder, teller] = [network.add(), network.add()];
    network.act(teller, (node) => node.learn([holder.contact], 'hint', network.nowMs));
    network.run(10_000);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    network.act(holder, (node) => node.keep(place, item, network.nowMs));
    const newcomer = network.add();
    // The false word comes first: what the teller says can only be the second about that node.
    const told = [{ id: holder.contact.id, archive: 'nowhere' }, teller.contact];
    network.act(newcomer, (node) => node.learn(told, 'hint', network.nowMs));
    expect(network.search(newcomer, { place }, { among: ['rings'] }).items).toEqual([item]);
  });
});
