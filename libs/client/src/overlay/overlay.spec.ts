import { afterEach, describe, expect, it } from '@jest/globals';
import { createClient, memoryStorage, type OverlayStatus } from '../index.js';
import { Coast, idOf, lasting, newAuthor, numbered, type Visitor } from '../../test/coast.js';
import type { RelayArchive } from '../../test/relay-archive.js';
import { arrive, rolling, serving, shoal } from '../../test/shoal.js';
import { statusWhen } from '../../test/status-when.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

const note = (body: string) => ({ collection: 'notes', body });

describe('a retraction', () => {
  it('takes the record out of what those who read it hold, and it is not taken in again', async () => {
    const archives = coast.archives(1);
    const [alice, bob] = await shoal(coast, archives[0], 2);
    const { id } = await alice!.client.publish(note('oh'));
    await bob!.client.get(id, { via: ['dht'] });
    await alice!.client.publish({ collection: 'retractions', body: null, refs: [id] });
    const held = await bob!.client.query({ author: alice!.author, collection: 'retractions' });
    expect(held.records).toHaveLength(1);
    const again = bob!.client.get(id, { via: ['local', 'dht', 'flood'] });
    await expect(again).rejects.toMatchObject({ code: 'record-not-found' });
  });
});

describe('the membership of a client', () => {
  it('outlives a lost connection and a restart, with the same node', async () => {
    const archives = coast.archives(1);
    const storage = lasting();
    const { client } = await arrive(coast, archives, { storage });
    const { node } = await statusWhen(client, (status) => status.node !== undefined);
    archives[0].hangUp();
    await coast.until(() => archives[0].count('join') >= 2 && archives[0].nodes.size === 1);
    expect([...archives[0].nodes.keys()]).toEqual([node]);
    await client.close();
    expect(archives[0].nodes.size).toBe(0);
    const later = await arrive(coast, archives, { storage });
    expect(await statusWhen(later.client, (status) => status.node !== undefined)).toMatchObject({ node });
  });

  it('begins with nothing where what was kept cannot be read, and tells that', async () => {
    const archives = coast.archives(1);
    const storage = memoryStorage();
    await storage.write(['overlay/contacts', 'overlay/key'].map((key) => ({ key, value: '{' })));
    const { client, problems } = await arrive(coast, archives, { overlay: 'observer', storage });
    await statusWhen(client, ({ whyNot }) => whyNot === 'alone');
    expect(problems.map(({ code }) => code)).toEqual(['storage-failed', 'storage-failed']);
  });

  it('is an observer’s for ten minutes where others serve, and then a server’s if that was asked for', async () => {
    const archives = coast.archives(1);
    const [{ nodes }] = archives;
    for (let fill = 1; fill <= 8; fill++) {
      nodes.set(idOf(fill), { n: 1, role: 'server', say: () => undefined });
    }
    const clock = rolling(coast);
    const patient = { overlay: 'server', directLinks: 'off', clock } as const;
    const { client } = await coast.client(archives, patient);
    const { node } = await statusWhen(client, (status) => status.node !== undefined);
    expect(nodes.get(node!)).toMatchObject({ role: 'observer' });
    clock.jump({ seconds: 601 });
    await coast.until(() => archives[0].servers.includes(node!));
    expect(await client.overlay()).toMatchObject({ role: 'server', asked: 'server' });
  });

  it('is a server’s at once where there are hardly any, and an observer’s if that was asked for', async () => {
    const archives = coast.archives(1);
    const clock = rolling(coast);
    clock.isHeld = true;
    const [first, second] = [0, 1].map(() =>
      coast.client(archives, { overlay: 'server', directLinks: 'off', clock }),
    );
    await Promise.all([first!, second!]);
    await coast.until(() => archives[0].servers.length === 2);
    const observer = await coast.client(archives, { overlay: 'observer', directLinks: 'off', clock });
    await statusWhen(observer.client, ({ node }) => node !== undefined);
    expect(await observer.client.overlay()).toMatchObject({ role: 'observer' });
    expect(archives[0].servers).toHaveLength(2);
  });

  it('has its ticket renewed, and begins as another node when that gives another id', async () => {
    const archives = coast.archives(1);
    const clock = rolling(coast);
    const { client } = await arrive(coast, archives, { clock });
    const { node } = await statusWhen(client, (status) => status.node !== undefined);
    archives[0].epoch = 2;
    clock.jump({ hours: 23 });
    await statusWhen(client, (status) => status.node !== undefined && status.node !== node);
    await coast.until(() => archives[0].nodes.size === 1);
  });

  it('goes to another archive when the home has been away for a while', async () => {
    const archives = coast.archives(2);
    const clock = rolling(coast);
    const { client } = await arrive(coast, archives, { clock });
    const joinedAt = ({ archives: list }: OverlayStatus): (string | undefined)[] =>
      list.filter(({ isJoined }) => isJoined).map(({ url }) => url);
    const first = await statusWhen(client, (status) => joinedAt(status).length === 1);
    const home = archives.find(({ url }) => url === joinedAt(first)[0])!;
    const other = archives.find((archive) => archive !== home)!;
    home.isDown = true;
    home.hangUp();
    await statusWhen(client, (status) => joinedAt(status).length === 0);
    await coast.until(() => client.archives.some(({ state }) => state.name === 'waiting'));
    expect(other.count('join')).toBe(0);
    clock.jump({ seconds: 31 });
    await statusWhen(client, (status) => joinedAt(status)[0] === other.url);
  });

  it('is not refused as long as one archive may still let it in', async () => {
    const [refusing, other] = coast.archives(2);
    refusing.relays = false;
    other.isDown = true;
    const [join, joins] = [other.handlers.join!, [] as (() => void)[]];
    other.handlers.join = (...asked) => void joins.push(() => join(...asked));
    const clock = rolling(coast);
    const { client } = await arrive(coast, [refusing, other], { clock });
    await statusWhen(client, ({ whyNot }) => whyNot === 'refused');
    other.isDown = false;
    clock.jump({ seconds: 60 });
    await coast.until(() => joins.length > 0);
    expect(await client.overlay()).toMatchObject({
      whyNot: 'joining',
      archives: [{ code: 'relay-off' }, {}],
    });
    for (const goOn of joins) goOn();
    await statusWhen(client, ({ whyNot }) => whyNot === 'alone');
  });

  it('says why there is none', async () => {
    const [refusing, away] = coast.archives(2);
    refusing.relays = false;
    away.isDown = true;
    const refused = await arrive(coast, [refusing]);
    expect(await statusWhen(refused.client, ({ whyNot }) => whyNot === 'refused')).toMatchObject({
      isIn: false,
      archives: [{ url: refusing.url, isJoined: false, code: 'relay-off' }],
    });
    const alone = await arrive(coast, [away]);
    await statusWhen(alone.client, ({ whyNot }) => whyNot === 'unreachable');
    const unasked = await coast.client([refusing]);
    expect(await unasked.client.overlay()).toMatchObject({ isIn: false, whyNot: 'off', asked: 'off' });
  });
});

describe('a client that is closed while it begins', () => {
  it('joins nowhere any more, also when its direct links are still being loaded', async () => {
    const [archive] = coast.archives(1);
    // So many steps after its contacts have been read: in some of them the links are being loaded.
    for (let steps = 0; steps < 16; steps++) await closedWhileItBegins(archive, steps);
    expect(archive.count('join')).toBe(0);
  });
});

async function closedWhileItBegins(archive: RelayArchive, steps: number): Promise<void> {
  const storage = lasting();
  const { get, list } = storage;
  const closed = new Promise<void>((resolve, reject) => {
    const close = async ({ client }: Visitor): Promise<void> => {
      for (let i = 0; i < steps; i++) await Promise.resolve();
      await client.close();
    };
    storage.get = async (key) => {
      const value = await get.call(storage, key);
      if (key !== 'overlay/contacts') return value;
      const arrived = await visitor;
      await arrived.client.connected();
      close(arrived).then(resolve, reject);
      return value;
    };
  });
  // What comes after the joining takes a while.
  storage.list = async (...asked) => {
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    return list.call(storage, ...asked);
  };
  const visitor = coast.client([archive], { ...serving, directLinks: {}, storage });
  await closed;
}

describe('a client without an overlay', () => {
  it('joins nowhere, and has no clients to ask', async () => {
    const archives = coast.archives(1);
    const record = await numbered(await newAuthor(), 1);
    archives[0].log.push(record);
    const { client } = await coast.client(archives);
    expect(await client.get(record.id)).toMatchObject({
      source: { kind: 'archive' },
      tried: [{ place: 'local' }, { place: 'archive' }],
    });
    const viaClients = client.get(idOf(1), { via: ['dht', 'flood'] });
    await expect(viaClients).rejects.toMatchObject({ code: 'overlay-unreachable' });
    expect(archives[0].count('join')).toBe(0);
  });

  it.each([{ overlay: 'yes' }, { overlayServesAfterMs: -1 }, { directLinks: 'on' }])(
    'is not made of the option %j',
    (option) => {
      const options = { archives: ['http://archive.test'], storage: memoryStorage(), ...option };
      expect(() => createClient(options as never)).toThrow(
        expect.objectContaining({ code: 'settings-invalid' }),
      );
    },
  );
});
