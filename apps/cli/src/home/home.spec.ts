import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePrivateJwk, signingKeyFromJwk } from '@holdfast/protocol';
import { addContact, contactName, listContacts, resolveContact } from './contacts.js';
import { findIdentity, identityFile, makeIdentity, requireIdentity, signingKeyOf } from './identity.js';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-home-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});
const coded = (code: string) => expect.objectContaining({ name: 'HoldfastError', code });

describe('the identity of a home folder', () => {
  it('is made once, in a folder and a file that are private', async () => {
    const folder = join(home, 'new', 'home');
    const { publicKey } = await makeIdentity(folder);
    expect((await requireIdentity(folder)).x).toBe(publicKey);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(identityFile(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['identity.json']);
  });

  it('is never replaced, also when two are made at once', async () => {
    const made = await Promise.allSettled([makeIdentity(home), makeIdentity(home), makeIdentity(home)]);
    const winners = made.filter(({ status }) => status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const one of made)
      if (one.status === 'rejected') expect(one.reason).toEqual(coded('identity-exists'));
    await expect(makeIdentity(home)).rejects.toEqual(coded('identity-exists'));
    expect(readdirSync(home)).toEqual(['identity.json']);
  });

  it('is missing with a sentence that says what to run', async () => {
    expect(await findIdentity(home)).toBeUndefined();
    await expect(requireIdentity(home)).rejects.toEqual(coded('identity-missing'));
    await expect(requireIdentity(home)).rejects.toThrow('holdfast id new');
  });

  it('is not used when others could read the key', async () => {
    await makeIdentity(home);
    chmodSync(identityFile(home), 0o644);
    await expect(requireIdentity(home)).rejects.toThrow('chmod 600');
  });

  it('is not kept where others could put another one in its place', async () => {
    chmodSync(home, 0o777);
    await expect(makeIdentity(home)).rejects.toThrow('chmod 700');
  });

  it('is refused when the file is not a key, without showing what is in it', async () => {
    writeFileSync(identityFile(home), '{"kty":"OKP","d":"secret"}', { mode: 0o600 });
    const refusal = await requireIdentity(home).catch((error: Error) => error);
    expect(refusal).toEqual(coded('home-invalid'));
    expect(String(refusal)).not.toContain('secret');
  });

  it('cannot be kept in a folder that is a file', async () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    await expect(makeIdentity(file)).rejects.toEqual(coded('home-invalid'));
  });
});

describe('signing on this thread', () => {
  it('gives the signatures that WebCrypto gives', async () => {
    const jwk = await generatePrivateJwk();
    const message = new TextEncoder().encode('hello');
    const expected = await (await signingKeyFromJwk(jwk)).sign(message);
    expect(await signingKeyOf(jwk).sign(message)).toEqual(expected);
  });
});

describe('the contacts of a home folder', () => {
  it('are kept by name and found by name, card or key', async () => {
    const [{ x: alice }, { x: bob }] = await Promise.all([generatePrivateJwk(), generatePrivateJwk()]);
    await addContact(home, { name: 'bob', author: bob, archives: [] });
    await addContact(home, { name: 'alice', author: alice, archives: ['https://a.example'] });
    expect((await listContacts(home)).map(({ name }) => name)).toEqual(['alice', 'bob']);
    expect(await resolveContact(home, 'alice')).toMatchObject({
      author: alice,
      archives: ['https://a.example'],
    });
    expect(await resolveContact(home, bob)).toEqual({ author: bob, archives: [] });
    expect(await resolveContact(home, `holdfast:${bob}`)).toEqual({ author: bob, archives: [] });
    await expect(resolveContact(home, 'carol')).rejects.toEqual(coded('contact-unknown'));
  });

  it('keep their name: it does not come to mean somebody else', async () => {
    const [{ x: alice }, { x: other }] = await Promise.all([generatePrivateJwk(), generatePrivateJwk()]);
    await addContact(home, { name: 'alice', author: alice, archives: [] });
    await addContact(home, { name: 'alice', author: alice, archives: ['https://b.example'] });
    await expect(addContact(home, { name: 'alice', author: other, archives: [] })).rejects.toEqual(
      coded('usage-invalid'),
    );
    expect(await listContacts(home)).toEqual([
      { name: 'alice', author: alice, archives: ['https://b.example'] },
    ]);
  });

  it('can be added beside each other without losing one', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `friend-${i}`);
    const { x: author } = await generatePrivateJwk();
    await Promise.all(names.map((name) => addContact(home, { name, author, archives: [] })));
    expect((await listContacts(home)).map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(readFileSync(join(home, 'contacts', 'friend-1.json'), 'utf8')).toContain(author);
  });

  it.each(['', '..', '../x', 'a/b', 'Alice', '.hidden', 'a b', 'x'.repeat(65)])(
    'have no name like %j',
    (name) => {
      expect(() => contactName(name)).toThrow('not a name');
    },
  );

  it('are refused with the file that is broken', async () => {
    await addContact(home, { name: 'alice', author: (await generatePrivateJwk()).x, archives: [] });
    writeFileSync(join(home, 'contacts', 'alice.json'), '{"author":1}');
    await expect(listContacts(home)).rejects.toThrow('alice.json');
  });
});
