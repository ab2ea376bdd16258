import { describe, expect, it } from '@jest/globals';
import { contactOf, itemOf, keyOf, type PartWorld } from '../../test/part-world.js';
import { headAt, recordAt, Sibling, Siblings } from '../../test/siblings.js';
import { dhtLimits, dhtSettings } from '../limits.js';
import type { Answer, ItemMark, LackedItem, Message, Request } from '../messages/message.js';
import { pageOf } from './marks.js';

const kindsOf = (world: PartWorld): Message['kind'][] => world.sent.map(({ message }) => message.kind);
const countOf = (world: PartWorld, kind: Message['kind']): number =>
  kindsOf(world).filter((each) => each === kind).length;
const begin = (siblings: Siblings): void => siblings.all.forEach(({ repair }) => repair.begin());

/** Two of them, of whom only the first has turns. */
const pair = (seed = 1): { siblings: Siblings; alice: Sibling; bob: Sibling } => {
  const siblings = new Siblings(seed, 2);
  const [alice, bob] = siblings.all as [Sibling, Sibling];
  alice.repair.begin();
  return { siblings, alice, bob };
};

describe('sibling repair', () => {
  it('is one small question and its answer when both hold the same', () => {
    const { siblings, alice, bob } = pair();
    for (let id = 1; id <= 50; id++) for (const each of [alice, bob]) each.put(recordAt(id), itemOf(id));
    alice.put(recordAt(300), itemOf(300));
    siblings.takeTurns(1);
    expect(kindsOf(siblings.world)).toEqual(['digest', 'same']);
  });

  it('brings both what the other one holds, and leaves alone what only one of them should hold', () => {
    const { siblings, alice, bob } = pair();
    alice.put(recordAt(1), itemOf(1));
    alice.put(recordAt(3), itemOf(3));
    bob.put(recordAt(2), itemOf(2));
    bob.put(recordAt(6), itemOf(6));
    siblings.takeTurns(1);
    expect([...alice.held.keys()].toSorted()).toEqual(
      [1, 2, 3].map((id) => `record/${keyOf(id).text}`).toSorted(),
    );
    expect([...bob.held.keys()].toSorted()).toEqual(
      [1, 2, 6].map((id) => `record/${keyOf(id).text}`).toSorted(),
    );
  });

  it('leaves two siblings with the same in the end, whatever they had, in a bounded number of messages a turn', () => {
    for (let seed = 0; seed < 12; seed++) {
      const siblings = new Siblings(seed, 2);
      const { random } = siblings.world;
      for (const each of siblings.all) {
        const share = random();
        for (let i = 0; i < 20 + seed * 20; i++) {
          if (random() > share) continue;
          const id = 1 + Math.floor(random() * 5_000);
          each.put(recordAt(id), itemOf(id));
          each.put(headAt(id), itemOf(id, 1 + Math.floor(random() * 3)));
        }
      }
      const expected = new Sibling(siblings.world.add(999));
      for (const each of siblings.all) for (const { place, item } of each.shared()) expected.put(place, item);
      begin(siblings);
      for (let turn = 0; turn < 8; turn++) {
        const before = siblings.world.sent.length;
        siblings.takeTurns(1);
        const most = 2 * (1 + dhtLimits.repairPagesMax + dhtLimits.repairGiftsMax);
        expect(siblings.world.sent.length - before).toBeLessThanOrEqual(2 * 2 * most);
      }
      const [alice, bob] = siblings.all as [Sibling, Sibling];
      expect(alice.sharedNames).toEqual(expected.sharedNames);
      expect(bob.sharedNames).toEqual(alice.sharedNames);
      const before = siblings.world.sent.length;
      siblings.takeTurns(2);
      expect(new Set(kindsOf(siblings.world).slice(before))).toEqual(new Set(['digest', 'same']));
    }
  });

  it('brings a newcomer all that it lacks in one turn, in answers that fit into messages', () => {
    const { siblings, alice, bob } = pair();
    for (let id = 1; id <= 600; id++) bob.put(recordAt(id), `${itemOf(id)} ${'0'.repeat(20_000)}`);
    siblings.takeTurns(1);
    expect(alice.sharedNames).toEqual(bob.sharedNames);
    for (const { message } of siblings.world.sent) {
      if (message.kind !== 'lacking') continue;
      expect(message.items.length).toBeLessThanOrEqual(dhtLimits.itemsPerMessageMax);
      const bytes = message.items.reduce((sum, { item }) => sum + item.length, 0);
      expect(bytes).toBeLessThan(dhtLimits.messageBytesMax);
    }
  });

  it('compares large stores in pages', () => {
    const { siblings, alice, bob } = pair();
    for (let id = 1; id <= 4_000; id++) {
      alice.put(recordAt(id), itemOf(id));
      if (id !== 2 && id !== 3_998) bob.put(recordAt(id), itemOf(id));
      if (id === 2_000) bob.put(recordAt(5_000), itemOf(5_000));
    }
    siblings.takeTurns(1);
    expect(alice.sharedNames).toEqual(bob.sharedNames);
    expect(countOf(siblings.world, 'marks')).toBe(3);
    for (const { message } of siblings.world.sent) {
      if (message.kind === 'marks')
        expect(message.marks.length).toBeLessThanOrEqual(dhtLimits.marksPerMessageMax);
    }
  });

  it('does not make anything live longer: a copy has the time that was left', () => {
    const { siblings, alice, bob } = pair();
    bob.put(recordAt(1), itemOf(1), 3_000);
    alice.put(recordAt(2), itemOf(2), 2_000);
    siblings.takeTurns(1);
    const untilMs = (sibling: Sibling, id: number): number =>
      sibling.held.get(`record/${keyOf(id).text}`)!.untilMs;
    expect(untilMs(alice, 1)).toBeLessThanOrEqual(3_000_000);
    expect(untilMs(bob, 2)).toBeLessThanOrEqual(2_000_000);
    expect(untilMs(alice, 1)).toBeGreaterThan(2_990_000);
  });

  it('has siblings in turn, those first that had none yet', () => {
    const siblings = new Siblings(4, 6);
    siblings.all[0]!.repair.begin();
    siblings.world.run(5.5 * 1.25 * dhtSettings.siblingSyncMs);
    const asked = siblings.world.sent
      .filter(({ message }) => message.kind === 'digest')
      .map(({ to }) => to.id.head);
    expect(asked.slice(0, 5).toSorted()).toEqual([2, 3, 4, 5, 6]);
    expect(asked[5]).toBe(asked[0]);
  });

  it('is nothing for observers: they neither ask nor answer', () => {
    const { siblings, alice, bob } = pair();
    bob.put(recordAt(1), itemOf(1));
    bob.node.role = 'observer';
    siblings.takeTurns(1);
    expect(kindsOf(siblings.world)).toEqual(['digest', 'refused']);
    alice.node.role = 'observer';
    siblings.takeTurns(2);
    expect(siblings.world.sent.length).toBe(2);
  });

  it('goes on with others when one is gone or says nothing', () => {
    const siblings = new Siblings(1, 3);
    const [alice, silent, bob] = siblings.all as [Sibling, Sibling, Sibling];
    silent.node.onRequest = undefined;
    alice.neighbours = [contactOf(77), ...alice.neighbours];
    bob.put(recordAt(1), itemOf(1));
    alice.repair.begin();
    siblings.takeTurns(4);
    expect(alice.sharedNames).toEqual(bob.sharedNames);
    expect(alice.node.asking).toBe(0);
  });

  it('is refused for who is no sibling, and for who asks all the time', () => {
    const { siblings, bob } = pair();
    const stranger = siblings.world.add(500);
    siblings.world.send(stranger, bob.node.self, { kind: 'marks', n: 1, marks: [] });
    siblings.world.run(1_000);
    expect(siblings.world.sent.at(-1)?.message).toEqual({ kind: 'refused', n: 1, code: 'unwanted' });
    const greedy = siblings.all[0]!.node;
    for (let n = 0; n < 500; n++) siblings.world.send(greedy, bob.node.self, { kind: 'marks', n, marks: [] });
    siblings.world.run(2_000);
    expect(countOf(siblings.world, 'lacking')).toBeLessThan(100);
    expect(siblings.world.sent.at(-1)?.message).toMatchObject({ kind: 'refused', code: 'busy' });
  });

  it('refuses marks that are out of their order or of their range, and more than a page holds', () => {
    const { siblings, alice, bob } = pair();
    const mark = (id: number): ItemMark => ({ place: recordAt(id), id: keyOf(id), iat: 1 });
    const pages: Partial<Extract<Request, { kind: 'marks' }>>[] = [
      { marks: [mark(2), mark(1)] },
      { marks: [mark(2)], after: keyOf(2) },
      { marks: [mark(2)], upTo: keyOf(1) },
      { marks: Array.from({ length: dhtLimits.marksPerMessageMax + 1 }, (_, id) => mark(id)) },
    ];
    for (const page of pages) {
      siblings.world.send(alice.node, bob.node.self, { kind: 'marks', n: 1, marks: [], ...page });
    }
    siblings.world.run(1_000);
    const answers = siblings.world.sent.slice(pages.length).map(({ message }) => message);
    expect(answers).toEqual(pages.map(() => ({ kind: 'refused', n: 1, code: 'invalid' })));
  });
});

describe('a sibling that lies', () => {
  /** Bob's place is taken by somebody who says always that something differs, and answers marks as given. */
  const against = (
    lacking: (marks: Extract<Request, { kind: 'marks' }>) => Partial<Extract<Answer, { kind: 'lacking' }>>,
  ) => {
    const { siblings, alice, bob } = pair();
    for (let id = 1; id <= 3_000; id++) alice.put(recordAt(id), itemOf(id));
    const before = alice.sharedNames;
    bob.node.onRequest = (from, request) => {
      const { n } = request;
      if (request.kind === 'digest') bob.node.reply(from, { kind: 'same', n, same: false });
      if (request.kind === 'marks')
        bob.node.reply(from, { kind: 'lacking', n, wanted: [], items: [], ...lacking(request) });
      if (request.kind === 'store') bob.node.reply(from, { kind: 'stored', n });
    };
    siblings.takeTurns(1);
    return { siblings, alice, before };
  };
  const lacked = (items: readonly string[], id = 4_000): LackedItem[] =>
    items.map((item) => ({ place: recordAt(id), item, leftSeconds: 3_600 }));

  it('makes nobody keep what does not verify, or does not belong there, and is asked no more of it in that turn', () => {
    const forged = against(() => ({ items: lacked(Array.from({ length: 16 }, () => 'forged')) }));
    expect(forged.alice.sharedNames).toEqual(forged.before);
    expect(countOf(forged.siblings.world, 'marks')).toBe(1);
    const elsewhere = against(() => ({
      items: lacked(Array.from({ length: 16 }, (_, id) => itemOf(5_000 + id))),
    }));
    expect(elsewhere.alice.sharedNames).toEqual(elsewhere.before);
    expect(elsewhere.siblings.world.nodes.size).toBe(2);
  });

  it('makes nobody keep what both should not hold', () => {
    const { alice, before } = against(() => ({ items: lacked([itemOf(4_002)], 4_002) }));
    expect(alice.sharedNames).toEqual(before);
  });

  it('is not asked for ever, though it always has something new', () => {
    let id = 10_000;
    const { siblings } = against(() => ({
      items: Array.from({ length: 16 }, () => (id += 3) - 2).flatMap((each) => lacked([itemOf(each)], each)),
    }));
    expect(countOf(siblings.world, 'marks')).toBeLessThanOrEqual(dhtLimits.repairPagesMax);
  });

  it('is not asked again and again for what lies before the page', () => {
    let id = 100_000;
    const { siblings } = against(() => ({
      items: Array.from({ length: 16 }, () => (id -= 3)).flatMap((each) =>
        lacked([itemOf(each - 2)], each - 2),
      ),
    }));
    expect(countOf(siblings.world, 'marks')).toBeLessThanOrEqual(2);
  });

  it('is given no more at a time than is given to anybody', () => {
    const { siblings } = against(({ marks }) => ({ wanted: marks.map(({ id }) => id) }));
    expect(countOf(siblings.world, 'store')).toBe(dhtLimits.repairGiftsMax);
  });

  it('is looked at for no more items than a message has', () => {
    const { alice } = against(() => ({ items: lacked(Array.from({ length: 5_000 }, () => 'forged')) }));
    expect(alice.node.verified).toBe(dhtLimits.itemsPerMessageMax);
  });

  it('costs one turn and no other when it never says what was verified', () => {
    const siblings = new Siblings(1, 3);
    const [alice, liar, bob] = siblings.all as [Sibling, Sibling, Sibling];
    liar.put(recordAt(4), itemOf(4));
    bob.put(recordAt(1), itemOf(1));
    const { verify } = alice.node;
    alice.node.verify = (item, belongs, from, settled) => {
      if (!from.id.equals(liar.node.self.id)) verify.call(alice.node, item, belongs, from, settled);
    };
    alice.repair.begin();
    siblings.takeTurns(4);
    expect(alice.sharedNames).toEqual(bob.sharedNames);
  });
});

describe('a page of marks', () => {
  it('keeps those of one id together, and with the next ones covers all ids', () => {
    const marks = [1, 2, 2, 2, 3, 4, 4].map((id) => ({ place: recordAt(id), id: keyOf(id), iat: 1 }));
    const first = pageOf(marks, undefined, 3);
    expect(first).toEqual({ upTo: keyOf(1), marks: marks.slice(0, 1) });
    const second = pageOf(marks, first.upTo, 3);
    expect(second).toEqual({ after: keyOf(1), upTo: keyOf(2), marks: marks.slice(1, 4) });
    expect(pageOf(marks, second.upTo, 3)).toEqual({ after: keyOf(2), marks: marks.slice(4) });
    expect(pageOf([], undefined, 3)).toEqual({ marks: [] });
  });
});
