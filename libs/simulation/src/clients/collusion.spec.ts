import { compareDistance, type Answer, type Request } from '@holdfast/dht';
import { describe, expect, it } from '@jest/globals';
import { Random } from '../chance/random.js';
import { Archive } from './archive.js';
import { Client } from './client.js';
import { Collusion, type Manner } from './collusion.js';
import { randomKey, Truth } from './truth.js';

const random = Random.stream(1, 'collusion.spec');
const truth = new Truth(Random.stream(1, 'collusion.spec/truth'));
const { place } = truth.makeRecord('hot', 1_800_000_000);
const target = randomKey(random);
const id = randomKey(random);

const find: Request = { kind: 'find', n: 7, target, place };
const marks: Request = { kind: 'marks', n: 7, marks: [{ place, id, iat: 1_800_000_000 }] };
const flood: Request = { kind: 'flood', n: 7, flood: id, question: { place }, budget: 8, depth: 2 };
const digest: Request = { kind: 'digest', n: 7, hash: id, count: 1 };
const store: Request = { kind: 'store', n: 7, place, ring: 0, items: ['a'], cached: false };

function membersOf(collusion: Collusion, manner: Manner, count: number): Client[] {
  return Array.from({ length: count }, (_, serial) => {
    const member = new Client(
      {
        serial,
        id: randomKey(random),
        archive: new Archive(0, 'a', 0),
        region: 0,
        lastMileMs: 10,
        bornAtMs: 0,
        endsAtMs: Infinity,
        canServe: true,
        conduct: collusion.conduct(manner),
      },
      0,
    );
    member.conduct!.joined(member);
    return member;
  });
}

const answerOf = (client: Client, request: Request): Answer | 'silence' | undefined =>
  client.conduct!.answer(client, request);

function itemsOf(client: Client, request: Request): string[] {
  const answer = answerOf(client, request);
  if (typeof answer !== 'object' || !('items' in answer)) return [];
  return answer.items.map((each) => (typeof each === 'string' ? each : each.item));
}

describe('colluders', () => {
  it.each(['leads', 'forges', 'denies'] as const)('name their fellows alone (one that %s)', (manner) => {
    const members = membersOf(new Collusion(), manner, 20);
    const [first, ...others] = members;
    const nearest = others.sort((a, b) => compareDistance(target, a.id, b.id)).slice(0, 8);
    expect(answerOf(first!, find)).toMatchObject({
      kind: 'found',
      n: 7,
      contacts: nearest.map(({ contact }) => contact),
    });
  });

  it('give, as forgers, what does not verify, each time something else', () => {
    const [forger] = membersOf(new Collusion(), 'forges', 1);
    const items = [find, flood, marks, find].flatMap((request) => itemsOf(forger!, request));
    expect(new Set(items).size).toBe(4);
    for (const item of items) {
      expect(truth.verdictOn(item, { place })).toEqual({ ok: false, code: 'record-signature-invalid' });
    }
    expect(answerOf(forger!, digest)).toEqual({ kind: 'same', n: 7, same: false });
  });

  it.each(['leads', 'denies'] as const)('give nothing and claim that all is well (one that %s)', (manner) => {
    const [member] = membersOf(new Collusion(), manner, 1);
    expect([find, flood, marks].flatMap((request) => itemsOf(member!, request))).toEqual([]);
    expect(answerOf(member!, store)).toEqual({ kind: 'stored', n: 7 });
    expect(answerOf(member!, digest)).toEqual({ kind: 'same', n: 7, same: true });
  });

  it('answer pings whatever their manner, and nothing else when they are silent', () => {
    const collusion = new Collusion();
    for (const manner of ['leads', 'forges', 'silent', 'denies'] as const) {
      const [member] = membersOf(collusion, manner, 1);
      expect(answerOf(member!, { kind: 'ping', n: 7 })).toBeUndefined();
    }
    const [silent] = membersOf(collusion, 'silent', 1);
    for (const request of [find, store, flood, marks, digest]) {
      expect(answerOf(silent!, request)).toBe('silence');
    }
  });

  it('have all manners among them, and name nobody who has left', () => {
    const collusion = new Collusion();
    const ways = Array.from({ length: 100 }, () => collusion.conduct(random).handsOn);
    expect(new Set(ways)).toEqual(new Set(['everything', 'nothing', 'false-gone']));
    const [first, second, third] = membersOf(collusion, 'leads', 3);
    second!.conduct!.ended(second!);
    expect(collusion.closest(target, 8, first!)).toEqual([third]);
  });
});
