import { afterEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { Coast, until, type CrateArchive } from '../../test/crate-archive.js';
import { memoryStorage, type Storage } from '../index.js';

let coast: Coast;
afterEach(() => coast.leaveAll());

function twoArchives(): [CrateArchive, CrateArchive] {
  coast = new Coast(2);
  return coast.archives as [CrateArchive, CrateArchive];
}

const lasting = (): Storage => Object.assign(memoryStorage(), { close: () => Promise.resolve() });

describe('where to write to somebody', () => {
  it('is asked of an archive that is still connecting when the first one knows nothing', async () => {
    const [alices, bobs] = twoArchives();
    const bob = await coast.mailboxAt(bobs);
    bobs.isDown = true;
    const { client } = await coast.client([alices, bobs], { patienceMs: 10_000 });
    await until(() => client.archives[1]!.state.name === 'waiting');
    const sending = client.send({ to: bob, text: 'hello' });
    await until(() => alices.count('query') > 0);
    bobs.isDown = false;
    expect((await sending).status).toBe('local');
  });

  it('is remembered when the archives that can be asked do not know it', async () => {
    const [alices, bobs] = twoArchives();
    const bob = await coast.mailboxAt(bobs);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const before = await coast.client([alices, bobs], { identity, storage });
    await before.client.send({ to: bob, text: 'first' });
    await before.client.close();
    const { client } = await coast.client([alices], { identity, storage });
    expect((await client.send({ to: bob, text: 'second' })).status).toBe('local');
  });

  it('is remembered while no archive can be reached, without much waiting', async () => {
    const [, bobs] = twoArchives();
    const bob = await coast.mailboxAt(bobs);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const before = await coast.client([bobs], { identity, storage });
    await before.client.send({ to: bob, text: 'first' });
    await before.client.close();
    bobs.isDown = true;
    const { client } = await coast.client([bobs], { identity, storage, patienceMs: 600_000 });
    expect((await client.send({ to: bob, text: 'second' })).status).toBe('local');
  });

  it('is remembered while the archive that knows it is the one that cannot be reached', async () => {
    const [alices, bobs] = twoArchives();
    const bob = await coast.mailboxAt(bobs);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const before = await coast.client([alices, bobs], { identity, storage });
    await before.client.send({ to: bob, text: 'first' });
    await before.client.close();
    bobs.isDown = true;
    const { client } = await coast.client([alices, bobs], { identity, storage, patienceMs: 600_000 });
    expect((await client.send({ to: bob, text: 'second' })).status).toBe('local');
  });

  it('is told again to an archive that has lost it', async () => {
    const [archive] = twoArchives();
    const { client } = await coast.client([archive]);
    await client.openMailbox();
    archive.log.length = 0;
    await client.openMailbox();
    expect(archive.log).toHaveLength(1);
  });
});
