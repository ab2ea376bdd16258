import { compareDistance, type Key } from '@holdfast/dht';
import { describe, expect, it } from '@jest/globals';
import { Random } from '../chance/random.js';
import { Archive, closestOf, rangeOf } from './archive.js';
import { Client } from './client.js';
import { randomKey } from './truth.js';

const random = Random.stream(1, 'archive.spec');

function clientsOf(archive: Archive, count: number): Client[] {
  return Array.from({ length: count }, (_, serial) => {
    const client = new Client(
      {
        serial,
        id: randomKey(random),
        archive,
        region: 0,
        lastMileMs: 10,
        bornAtMs: 0,
        endsAtMs: Infinity,
        canServe: true,
      },
      0,
    );
    archive.add(client);
    return client;
  });
}

const nearest = (clients: readonly Client[], target: Key, count: number): Client[] =>
  clients.toSorted((a, b) => compareDistance(target, a.id, b.id)).slice(0, count);

describe('an archive of the world', () => {
  it.each([1, 7, 8, 9, 500])('names those of %d servers that are closest', (count) => {
    const archive = new Archive(0, 'a', 0);
    const clients = clientsOf(archive, count);
    for (let i = 0; i < 200; i++) {
      const target = randomKey(random);
      expect(archive.closest(target, 8, clients[0]!)).toEqual(nearest(clients.slice(1), target, 8));
    }
  });

  it('names those of a linked archive as far as it was told of them, and nobody who has left', () => {
    const [here, there, elsewhere] = [new Archive(0, 'a', 0), new Archive(1, 'b', 0), new Archive(2, 'c', 0)];
    const [asker] = clientsOf(here, 1);
    const far = clientsOf(there, 3);
    clientsOf(elsewhere, 3);
    elsewhere.side = 1;
    here.hearFrom([here, there, elsewhere], random);
    far[0]!.isUp = false;
    expect(new Set(here.closest(asker!.id, 8, asker!))).toEqual(new Set(far.slice(1)));
  });

  it('names whom it likes and denies whom it likes while it lies, and nobody while it does not', () => {
    const archive = new Archive(0, 'a', 0);
    const [first, second, third] = clientsOf(archive, 3);
    expect([first, second].map((client) => archive.denies(client!))).toEqual([false, false]);
    archive.lies = { named: () => [second!], denies: (client) => client === first };
    expect(archive.closest(third!.id, 8, first!)).toEqual([second]);
    expect([first, second].map((client) => archive.denies(client!))).toEqual([true, false]);
  });

  it('forgets whoever has left', () => {
    const archive = new Archive(0, 'a', 0);
    const clients = clientsOf(archive, 20);
    archive.remove(clients[3]!);
    archive.remove(clients[3]!);
    expect(archive.closest(clients[3]!.id, 20, clients[0]!)).toHaveLength(18);
  });

  it('reaches others of its side, while both are up', () => {
    const [a, b] = [new Archive(0, 'a', 0), new Archive(1, 'b', 0)];
    expect([a.reaches(a), a.reaches(b)]).toEqual([true, true]);
    b.side = 1;
    expect(a.reaches(b)).toBe(false);
    b.side = 0;
    b.isUp = false;
    expect(a.reaches(b)).toBe(false);
  });
});

it('those that share a prefix stand next to each other in the order of ids', () => {
  const clients = clientsOf(new Archive(0, 'a', 0), 300).sort((a, b) => a.id.head - b.id.head);
  const [from, to] = rangeOf(clients, 0xa0000000, 3);
  expect(clients.slice(from, to)).toEqual(clients.filter(({ id }) => id.head >>> 29 === 5));
  expect(closestOf([], randomKey(random), 8)).toEqual([]);
});
