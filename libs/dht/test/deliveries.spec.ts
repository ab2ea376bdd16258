/** What becomes of what one application has for another, when messages are lost on the way. */
import { describe, expect, it } from '@jest/globals';
import { dhtSettings } from '../src/limits.js';
import type { Purpose } from '../src/messages/message.js';
import { Network, senderOf, type Member } from './network.js';

const { deliverMs, deliverSendings } = dhtSettings;

function delivering(purpose: Purpose) {
  const network = new Network({ seed: 111 });
  network.keepsEffects = true;
  const [sender, receiver] = [network.add(), network.add()];
  receiver.isSilent = true;
  const delivery = network.act(sender, (node) =>
    node.deliver(receiver.contact, purpose, Uint8Array.of(7), network.nowMs),
  );
  return { network, sender, receiver, delivery };
}

const sent = ({ effects }: Member): number[] =>
  effects.flatMap((each) => (each.do === 'send' && each.message.kind === 'deliver' ? [each.message.n] : []));

const outcomes = ({ effects }: Member) => effects.filter((each) => each.do === 'delivered');

describe.each(['crate', 'receipt'] as const)('a %s that is not answered', (purpose) => {
  it('is sent again within its time, under the same number, and is silent in the end', () => {
    const { network, sender, delivery } = delivering(purpose);
    network.run(deliverMs / deliverSendings - 1);
    expect(sent(sender)).toHaveLength(1);
    network.run(deliverMs - deliverMs / deliverSendings - 1);
    expect(sent(sender)).toHaveLength(deliverSendings);
    expect(new Set(sent(sender)).size).toBe(1);
    expect(outcomes(sender)).toEqual([]);
    network.run(deliverMs);
    expect(sent(sender)).toHaveLength(deliverSendings);
    expect(outcomes(sender)).toEqual([{ do: 'delivered', delivery, outcome: 'silent' }]);
  });

  it('is delivered by the answer to any of them, and the other answers are held against nobody', () => {
    const { network, sender, receiver, delivery } = delivering(purpose);
    network.run(deliverMs / deliverSendings + 1);
    const [n] = sent(sender);
    for (let i = 0; i < 2; i++) network.tell(sender, senderOf(receiver), { kind: 'delivered', n: n! });
    expect(outcomes(sender)).toEqual([{ do: 'delivered', delivery, outcome: 'delivered' }]);
    expect(sender.effects.filter((each) => each.do === 'misbehaved')).toEqual([]);
    network.run(deliverMs);
    expect(sent(sender)).toHaveLength(2);
    // As many answers as it was sent, and no more.
    network.tell(sender, senderOf(receiver), { kind: 'delivered', n: n! });
    expect(sender.effects.filter((each) => each.do === 'misbehaved')).toMatchObject([
      { what: 'unasked-answer' },
    ]);
  });
});

describe('a signal that is not answered', () => {
  it('is sent once: whoever signals has deadlines of its own', () => {
    const { network, sender } = delivering('signal');
    network.run(deliverMs + 1);
    expect(sent(sender)).toHaveLength(1);
    expect(outcomes(sender)).toMatchObject([{ outcome: 'silent' }]);
  });
});
