import { describe, expect, it } from '@jest/globals';
import { valueOf } from '../errors/result.js';
import { signingKeyFromJwk } from '../keys/ed25519.js';
import { signRecord } from '../records/verify.js';
import { alice, bob, bobsMailbox } from '../vectors/people.js';
import { makeCardBody, readCard } from './card.js';
import type { MailboxKeys } from './keys.js';

const now = 1_800_000_000;
const archives = ['https://archive.example', 'http://127.0.0.1:7070/'];

async function keysOfBob(): Promise<MailboxKeys> {
  const { signing, kem } = await bobsMailbox();
  return { signing, kem: kem[0]! };
}

describe('a mailbox card', () => {
  it('is read from the record that it was made for', async () => {
    const keys = await keysOfBob();
    const body = await makeCardBody(keys, bob.x, archives);
    const payload = { collection: 'keys', key: keys.signing.x, iat: now, body };
    const record = await signRecord(payload, await signingKeyFromJwk(bob), now);
    expect(valueOf(await readCard(record))).toEqual({
      author: bob.x,
      mailbox: keys.signing.x,
      suite: 1,
      kem: keys.kem.publicKey,
      archives,
      ids: [null, null],
      record: record.id,
      iat: now,
    });
  });

  it('is not taken from somebody else, whose name the mailbox has not signed', async () => {
    const keys = await keysOfBob();
    const body = await makeCardBody(keys, bob.x, archives);
    const payload = { collection: 'keys', key: keys.signing.x, iat: now, body };
    const record = await signRecord(payload, await signingKeyFromJwk(alice), now);
    expect(await readCard(record)).toMatchObject({ ok: false, code: 'card-invalid' });
  });

  it.each([
    ['no archive', []],
    ['an archive twice', ['https://a.example', 'https://a.example']],
    ['an address that is no URL', ['a.example']],
    ['an address with a password', ['https://a:b@a.example']],
    ['an address that is too long', [`https://a.example/${'a'.repeat(2048)}`]],
    ['17 archives', Array.from({ length: 17 }, (_, i) => `https://${i}.example`)],
  ])('is not made with %s', async (_, wrong) => {
    await expect(makeCardBody(await keysOfBob(), bob.x, wrong)).rejects.toMatchObject({
      code: 'card-invalid',
    });
  });

  it('is not made with keys that are none', async () => {
    const keys = await keysOfBob();
    const kem = { ...keys.kem, publicKey: 'short' };
    await expect(makeCardBody({ ...keys, kem }, bob.x, archives)).rejects.toMatchObject({
      code: 'key-invalid',
    });
    const signing = { ...keys.signing, x: alice.x };
    await expect(makeCardBody({ ...keys, signing }, bob.x, archives)).rejects.toMatchObject({
      code: 'key-invalid',
    });
  });
});
