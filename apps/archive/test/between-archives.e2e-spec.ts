/** What an archive makes of others that ask it, with a real archive and one of the test's own. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signDiscard } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { randomBytes } from 'node:crypto';
import { depositAt, statusAt } from './crate-door.js';
import { sampleCrate, sampleCrates, sampleMailbox, text, type SampleCrate } from './crate-samples.js';
import { ask, ForeignArchive } from './foreign-archive.js';

let archive: ArchiveProcess;
let foreign: ForeignArchive;
beforeAll(async () => {
  archive = await bootArchive();
  foreign = await ForeignArchive.make();
});
afterAll(() => archive.destroy());

const sampleFor = async (): Promise<SampleCrate> => sampleCrate((await sampleMailbox()).publicKey);
const acked = ({ id, ackSecret }: SampleCrate) => ({ crate: id, way: 'ack', proof: text(ackSecret) });
const someProof = () => text(new Uint8Array(randomBytes(32)));

describe('the doors between archives', () => {
  const paths = ['/v1/crates/offers', '/v1/crates/departures'] as const;

  it('are open to archives only: with a token for this archive, used once', async () => {
    const other = await ForeignArchive.make();
    for (const path of paths) {
      const good = await foreign.token(archive.id, path, { crates: [] });
      expect((await ask(archive, path, { crates: [] }, good)).status).toBe(400);
      const [header, payload] = good.split('.');
      const signature = (await other.token(archive.id, path, { crates: [] })).split('.')[2];
      const tokens = [
        undefined,
        good,
        `${header}.${payload}.${signature}`,
        await foreign.token(other.identity.id, path, { crates: [] }),
        await foreign.token(archive.id, path, { crates: [] }, Date.now() - 12 * 3_600_000),
        await foreign.token(archive.id, path, { crates: [] }, Date.now() + 12 * 3_600_000),
        await foreign.token(archive.id, path, { crates: [someProof()] }),
        await foreign.token(
          archive.id,
          paths.find((each) => each !== path)!,
          { crates: [] },
        ),
        await foreign.token(archive.id, '/v1/crates', { crates: [] }),
      ];
      for (const token of tokens) {
        const answer = await ask(archive, path, { crates: [] }, token);
        expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'not-authorised']);
      }
    }
  });

  it('refuse a deposit whose token is not good, too, rather than take it for a stranger’s', async () => {
    const [{ envelope }, other] = [await sampleFor(), await sampleFor()];
    const deposit = async (token: string) => {
      const response = await fetch(`${archive.url}/v1/crates`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${token}` },
        body: envelope,
      });
      return response.status;
    };
    const refused = [
      await foreign.token(foreign.identity.id, '/v1/crates', envelope),
      await foreign.token(archive.id, '/v1/crates', other.envelope),
      await foreign.token(archive.id, '/v1/crates/offers', envelope),
    ];
    for (const token of refused) expect(await deposit(token)).toBe(403);
    expect(await deposit(await foreign.token(archive.id, '/v1/crates', envelope))).toBe(201);
  });

  it('refuse what has not their shape, or is too large', async () => {
    const crate = text(new Uint8Array(32));
    const offer = { crate, sizeBytes: 4096, expiryHour: 500_000, holders: [] };
    const bodies: [(typeof paths)[number], unknown, number, string][] = [
      [paths[0]!, 'no json', 400, 'request-malformed'],
      [paths[0]!, { crates: [] }, 400, 'request-malformed'],
      [paths[0]!, { crates: Array.from({ length: 129 }, () => offer) }, 400, 'request-malformed'],
      [paths[0]!, { crates: [{ ...offer, sizeBytes: 4097 }] }, 400, 'request-malformed'],
      [paths[0]!, { crates: [{ ...offer, holders: ['file:///etc/passwd'] }] }, 400, 'request-malformed'],
      [paths[0]!, 'x'.repeat(600 * 1024), 413, 'request-too-large'],
      [paths[1]!, { crates: [{ crate, way: 'ack', proof: 'AA' }] }, 400, 'request-malformed'],
      [paths[1]!, { crates: [{ crate, way: 'expiry', proof: someProof() }] }, 400, 'request-malformed'],
      [paths[1]!, 'x'.repeat(600 * 1024), 413, 'request-too-large'],
      ...paths.flatMap((path): typeof bodies => [
        [path, `{"crates":[${'[],'.repeat(170_000)}[]]}`, 400, 'request-malformed'],
        [path, `{"crates":${'['.repeat(250_000)}${']'.repeat(250_000)}}`, 400, 'request-malformed'],
        [path, `{"crates":[{"crate":"${'A'.repeat(500_000)}"}]}`, 400, 'request-malformed'],
        [
          path,
          { crates: [{ crate, holders: Array.from({ length: 90_000 }, () => '') }] },
          400,
          'request-malformed',
        ],
      ]),
    ];
    for (const [path, body, status, code] of bodies) {
      const answer = await foreign.ask(archive, path, body);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    }
  });

  it('answer an offer with what is wanted, what is here, and what has left with its proof', async () => {
    const [here, gone, wanted] = await sampleCrates((await sampleMailbox()).publicKey, 3);
    for (const crate of [here!, gone!]) await depositAt(archive.url, crate);
    await foreign.tell(archive, [acked(gone!)]);
    const { body } = await foreign.offer(archive, [here!, gone!, wanted!]);
    expect(body.crates).toEqual([
      { crate: here!.id, status: 'accepted', custody: expect.any(String) },
      { crate: gone!.id, status: 'delivered', proof: text(gone!.ackSecret) },
      { crate: wanted!.id, status: 'wanted' },
    ]);
  });

  it('let a crate go on a proof that fits, and on no other', async () => {
    const mailbox = await sampleMailbox();
    const [crate, other] = await sampleCrates(mailbox.publicKey, 2);
    await depositAt(archive.url, crate!);
    const stranger = await sampleMailbox();
    const forgeries = [
      { crate: crate!.id, way: 'ack', proof: someProof() },
      { ...acked(other!), crate: crate!.id },
      { crate: crate!.id, way: 'recall', proof: text(crate!.ackSecret) },
      { crate: crate!.id, way: 'discard', proof: await signDiscard(stranger, crate!.id) },
      { crate: crate!.id, way: 'discard', proof: await signDiscard(mailbox, other!.id) },
    ];
    const { body } = await foreign.tell(archive, forgeries);
    expect(body.crates!.map(({ status }) => status)).toEqual(forgeries.map(() => 'refused'));
    expect(body.crates!.map(({ code }) => code)).toEqual([
      'receipt-invalid',
      'receipt-invalid',
      'recall-invalid',
      'discard-invalid',
      'discard-invalid',
    ]);
    expect(await statusAt(archive.url, crate!)).toMatchObject({ status: 'accepted' });
    const discard = { crate: crate!.id, way: 'discard', proof: await signDiscard(mailbox, crate!.id) };
    expect((await foreign.tell(archive, [discard])).body.crates).toEqual([
      { crate: crate!.id, status: 'discarded' },
    ]);
  });

  it('note how a crate left before it comes, for the archive that has offered it', async () => {
    const [offered, unoffered] = await sampleCrates((await sampleMailbox()).publicKey, 2);
    await foreign.offer(archive, [offered!]);
    const { body } = await foreign.tell(archive, [acked(offered!), acked(unoffered!)]);
    expect(body.crates!.map(({ status }) => status)).toEqual(['noted', 'unknown']);
    expect(await depositAt(archive.url, offered!)).toMatchObject({ op: 'error', code: 'crate-gone' });
    expect(await statusAt(archive.url, offered!)).toMatchObject({
      status: 'delivered',
      proof: text(offered!.ackSecret),
    });
    expect(await depositAt(archive.url, unoffered!)).toMatchObject({ op: 'deposited' });
  });

  it('let nobody forbid a crate: a proof that does not fit is forgotten when the crate comes', async () => {
    const crate = await sampleFor();
    const other = await ForeignArchive.make();
    for (const each of [foreign, other]) await each.offer(archive, [crate]);
    await foreign.tell(archive, [{ crate: crate.id, way: 'ack', proof: someProof() }]);
    await other.tell(archive, [{ crate: crate.id, way: 'recall', proof: someProof() }]);
    expect(await depositAt(archive.url, crate)).toMatchObject({ op: 'deposited', status: 'accepted' });
    expect(await depositAt(archive.url, crate)).toMatchObject({ op: 'deposited', status: 'accepted' });
    expect(await statusAt(archive.url, crate)).toMatchObject({ status: 'accepted' });
  });
});
