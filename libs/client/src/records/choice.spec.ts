import { afterEach, describe, expect, it } from '@jest/globals';
import type { Scope } from '@holdfast/protocol';
import type { Client } from '../index.js';
import type { CrateArchive } from '../../test/crate-archive.js';
import { Coast, lasting, newAuthor, numbered } from '../../test/coast.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

const draft = (body: number, collection = 'numbers') => ({ collection, body });
const numbers = { collections: ['numbers'] };
const letters = { collections: ['letters'] };

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

function says(archive: CrateArchive, scope: Scope, horizon?: number): void {
  Object.assign(archive, { scope, horizon });
}

/** Resolves when every archive has said hello. */
async function met({ client }: { readonly client: Client }): Promise<Client> {
  await coast.until(() => client.archives.every(({ state }) => state.name === 'open'));
  return client;
}

describe('what an archive says that it keeps', () => {
  it('is known from its hello on, anew with every connection', async () => {
    const [archive] = coast.archives(1);
    says(archive, numbers, 1_000);
    const client = await met(await coast.client([archive]));
    expect(client.archives).toMatchObject([{ state: { scope: numbers, horizon: 1_000 } }]);
    says(archive, letters);
    archive.hangUp();
    await coast.until(() => client.archives[0]!.state.name === 'waiting');
    await met({ client });
    expect(client.archives[0]!.state).toMatchObject({ scope: letters });
    expect(client.archives[0]!.state).not.toHaveProperty('horizon');
  });
});

describe('a query', () => {
  it('is not sent to an archive whose scope has nothing of it', async () => {
    const [foreign, wanted] = coast.archives(2);
    says(foreign, letters, 0);
    says(wanted, numbers, 0);
    wanted.log.push(await numbered(await newAuthor(), 1));
    const client = await met(await coast.client([foreign, wanted]));
    const page = await client.query({ collection: 'numbers' });
    expect(page).toMatchObject({ complete: true, source: { archive: wanted.id }, records: [{ body: 1 }] });
    expect(foreign.requests).toEqual([]);
  });

  it('goes first to an archive that reaches back as far as is asked', async () => {
    const [young, old] = coast.archives(2);
    says(young, {}, 2_000);
    says(old, {}, 1_000);
    const client = await met(await coast.client([young, old]));
    expect(await client.query({ since: 1_500 })).toMatchObject({
      complete: true,
      source: { archive: old.id },
    });
    expect(young.requests).toEqual([]);
    // Both reach far enough: the preferred one is asked.
    expect(await client.query({ since: 2_000 })).toMatchObject({
      complete: true,
      source: { archive: young.id },
    });
    expect(await client.query({})).toMatchObject({ complete: false, source: { archive: old.id } });
  });

  it('takes the answer of one that claims more over that of one that was asked before they had said hello', async () => {
    const [young, old] = coast.archives(2);
    says(young, {}, 2_000);
    says(old, {}, 1_000);
    old.log.push(await numbered(await newAuthor(), 1));
    const { client } = await coast.client([young, old]);
    expect(await client.query({ since: 1_500 })).toMatchObject({
      complete: true,
      records: [{ body: 1 }],
      source: { archive: old.id },
      tried: [{ url: young.url }, { url: old.url }],
    });
  });

  it('takes what it has when the archive that claims more is silent, fails or is away', async () => {
    const [young, old] = coast.archives(2);
    says(young, {}, 2_000);
    says(old, {}, 1_000);
    young.log.push(await numbered(await newAuthor(), 1));
    const clock = coast.clock();
    const { client } = await coast.client([young, old], { clock });
    const fromYoung = { complete: false, records: [{ body: 1 }], source: { archive: young.id } };
    old.handlers.query = () => clock.jump({ seconds: 2 });
    expect(await client.query({ since: 1_500 })).toMatchObject(fromYoung);
    old.handlers.query = ({ n }, say) =>
      say({ op: 'error', n, code: 'overloaded', detail: 'Later.', retryable: true });
    expect(await client.query({ since: 1_500 })).toMatchObject({
      ...fromYoung,
      tried: [{ url: old.url, code: 'overloaded' }, { url: young.url }],
    });
    const asked = old.count('query');
    old.isDown = true;
    old.hangUp();
    await coast.until(() => client.archives[1]!.state.name === 'waiting');
    expect(await client.query({ since: 1_500 })).toMatchObject({ ...fromYoung, tried: [{ url: young.url }] });
    expect(old.count('query')).toBe(asked);
  });

  it('does not wait for an archive that is away once another has answered, be it only a part', async () => {
    const [partial, away] = coast.archives(2);
    says(partial, numbers, 0);
    away.isDown = true;
    const clock = coast.clock();
    clock.isHeld = true;
    const { client } = await coast.client([partial, away], { clock });
    await coast.until(() => client.archives.map(({ state }) => state.name).join() === 'open,waiting');
    expect(await client.query({})).toMatchObject({ complete: false, source: { archive: partial.id } });
  });

  it('asks no second archive that claims no more than the first', async () => {
    const [one, other] = coast.archives(2);
    says(one, {}, 1_000);
    says(other, {}, 1_000);
    const client = await met(await coast.client([one, other]));
    expect(await client.query({})).toMatchObject({ complete: false, source: { archive: one.id } });
    expect(other.requests).toEqual([]);
  });

  it('has a complete page where the archive reaches back to the last record of it', async () => {
    const [archive] = coast.archives(1);
    says(archive, {}, 1_000);
    const key = await newAuthor();
    const records = await Promise.all([999, 1_000, 1_001].map((iat) => numbered(key, iat, { iat })));
    let count = 3;
    archive.handlers.query = ({ n }, say) =>
      say({
        op: 'page',
        n,
        records: records
          .map(({ jws }) => jws)
          .toReversed()
          .slice(0, count),
        cursor: 'c',
      });
    const client = await met(await coast.client([archive]));
    expect(await client.query({})).toMatchObject({ complete: false });
    count = 2;
    expect(await client.query({})).toMatchObject({ complete: true });
    count = 0;
    expect(await client.query({})).toMatchObject({ complete: false });
  });
});

describe('a record that is got by its id', () => {
  it('is asked of the archive that claims the most first, and then of the others', async () => {
    const [partial, whole] = coast.archives(2);
    says(partial, numbers, 0);
    says(whole, {}, 1_000);
    const record = await numbered(await newAuthor(), 1);
    partial.log.push(record);
    const client = await met(await coast.client([partial, whole]));
    expect(await client.get(record.id, { via: ['archive'] })).toMatchObject({
      source: { archive: partial.id },
      tried: [{ url: whole.url, code: 'record-not-found' }, { url: partial.url }],
    });
  });
});

describe('a follow', () => {
  it('asks an archive whose scope has nothing of it only for what is to come', async () => {
    const [foreign, wanted] = coast.archives(2);
    says(foreign, letters, 0);
    wanted.log.push(await numbered(await newAuthor(), 1));
    const client = await met(await coast.client([foreign, wanted]));
    const caughtUp = new Set<string>();
    const follow = client.follow(
      { collection: 'numbers' },
      { from: 'start', onCaughtUp: (url) => caughtUp.add(url) },
    );
    expect((await follow.next()).value).toMatchObject({ body: 1 });
    expect(caughtUp).toContain(foreign.url);
    expect(foreign.count('follow')).toBe(0);
    void client.follow({ collection: 'numbers' }).next();
    await coast.until(() => foreign.count('follow') === 1);
    // It keeps them from now on, and nothing of that is missed.
    says(foreign, {});
    foreign.log.push(await numbered(await newAuthor(), 2));
    foreign.hangUp();
    expect((await follow.next()).value).toMatchObject({ body: 2 });
  });
});

describe('publishing', () => {
  const refusing: CrateArchive['handlers']['publish'] = ({ n }, say) =>
    say({ op: 'error', n, code: 'record-out-of-scope', detail: 'Not kept here.', retryable: false });

  it('goes to the archive that keeps such records', async () => {
    const [foreign, wanted] = coast.archives(2);
    says(foreign, letters);
    says(wanted, numbers);
    const { client } = await coast.client([foreign, wanted]);
    expect(await client.publish(draft(1))).toMatchObject({ archive: wanted.id });
    expect(await client.publish(draft(2, 'letters'))).toMatchObject({ archive: foreign.id });
    expect(await client.publishMany([draft(3), draft(4, 'letters')])).toMatchObject({ stored: 2 });
    expect([foreign.count('publish'), wanted.count('publish')]).toEqual([2, 2]);
  });

  it('goes on to the next archive when one says only then that it keeps other records', async () => {
    const archives = coast.archives(2);
    archives[0].handlers.publish = refusing;
    const { client } = await coast.client(archives);
    expect(await client.publish(draft(1))).toMatchObject({ archive: archives[1].id });
    archives[1].handlers.publish = refusing;
    await expect(client.publish(draft(2))).rejects.toMatchObject({ code: 'record-out-of-scope' });
  });

  it('fails with what they keep when no archive keeps such records, and asks none', async () => {
    const archives = coast.archives(2);
    const storage = lasting();
    for (const archive of archives) says(archive, letters);
    const { client } = await coast.client(archives, { storage });
    await expect(client.publish(draft(1))).rejects.toMatchObject({
      code: 'record-out-of-scope',
      message: expect.stringContaining(`${archives[1].url} keeps {"collections":["letters"]}`),
    });
    expect(await client.publishMany([draft(2)])).toMatchObject({
      refused: 1,
      refusals: [{ code: 'record-out-of-scope' }],
    });
    expect(archives.map((archive) => archive.count('publish'))).toEqual([0, 0]);
    expect(await storage.list('outbox/')).toEqual([]);
  });

  it('waits for an archive that has not said yet what it keeps', async () => {
    const [foreign, wanted] = coast.archives(2);
    const storage = lasting();
    says(foreign, letters);
    wanted.isDown = true;
    const before = await coast.client([foreign, wanted], { storage });
    const leaving = new AbortController();
    const kept = before.client.publish(draft(1), { signal: leaving.signal }).catch(codeOf);
    while ((await storage.list('outbox/record/')).length === 0) await turn();
    leaving.abort();
    expect(await kept).toBe('aborted');
    await before.client.close();
    // So does what an earlier process has left.
    wanted.isDown = false;
    await coast.client([foreign, wanted], { storage });
    await coast.until(() => wanted.log.length === 1);
    expect(foreign.count('publish')).toBe(0);
  });

  it('fails when the one archive that may keep it turns out to be another one', async () => {
    const [foreign, wanted] = coast.archives(2);
    says(foreign, letters);
    const { client } = await coast.client([], {
      archives: [foreign.url, { url: wanted.url, id: 'A'.repeat(43) }],
    });
    await expect(client.publish(draft(1))).rejects.toMatchObject({ code: 'record-out-of-scope' });
  });
});
