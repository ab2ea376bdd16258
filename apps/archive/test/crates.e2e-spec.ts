import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits, signCollect, signDiscard, type Answer } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { randomBytes } from 'node:crypto';
import {
  hourNow,
  sampleCrate,
  sampleCrates,
  sampleMailbox,
  text,
  type SampleCrate,
} from './crate-samples.js';
import { collectFrom, SocketClient } from './socket-client.js';

let archive: ArchiveProcess;
beforeAll(async () => (archive = await bootArchive({ settings: { HOLDFAST_LOG_LEVEL: 'trace' } })));
afterAll(() => archive.destroy());

const connect = () => SocketClient.connect(archive.url);

async function post(body: Uint8Array, type = 'application/octet-stream'): Promise<Response> {
  return fetch(`${archive.url}/v1/crates`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: body as BodyInit,
  });
}

const statusOver = async (crate: SampleCrate): Promise<unknown> =>
  (await fetch(`${archive.url}/v1/crates/${crate.id}`)).json();

describe('a crate for somebody who is away', () => {
  it('waits, is collected with every byte, is acknowledged, and its sender sees the receipt', async () => {
    const bob = await sampleMailbox();
    const crates = await sampleCrates(bob.publicKey, 5);
    const { client: alice } = await connect();
    for (const crate of crates) {
      expect(await alice.deposit(crate)).toMatchObject({
        op: 'deposited',
        crate: crate.id,
        status: 'accepted',
      });
    }
    const { client, n, waiting } = await collectFrom(archive.url, bob);
    expect(waiting).toBe(5);
    for (const crate of crates) {
      expect(await client.next('crate', n)).toMatchObject({
        crate: crate.id,
        envelope: text(crate.envelope),
      });
      expect(await client.ack(crate)).toMatchObject({ op: 'crate-status', status: 'delivered' });
    }
    const ids = crates.map(({ id }) => id);
    expect(await alice.ask({ op: 'status', crates: ids })).toMatchObject({
      statuses: crates.map((crate) => ({
        crate: crate.id,
        status: 'delivered',
        proof: text(crate.ackSecret),
      })),
    });
    await Promise.all([alice.close(), client.close()]);
  });

  it('fills more than a window, and comes whole as it is acknowledged', async () => {
    const bob = await sampleMailbox();
    const crates = await sampleCrates(bob.publicKey, 300);
    const { client: alice } = await connect();
    for (let i = 0; i < crates.length; i += 100) {
      await Promise.all(crates.slice(i, i + 100).map((crate) => alice.deposit(crate)));
    }
    const { client, n } = await collectFrom(archive.url, bob);
    const byId = new Map(crates.map((crate) => [crate.id, crate]));
    const received = new Set<string>();
    const acks: Promise<Answer>[] = [];
    // What is not acknowledged soon comes again.
    while (received.size < crates.length) {
      const { crate } = await client.next('crate', n);
      received.add(crate);
      acks.push(client.ack(byId.get(crate)!));
    }
    for (const answer of await Promise.all(acks)) expect(answer).toMatchObject({ status: 'delivered' });
    await Promise.all([alice.close(), client.close()]);
  });
});

describe('a crate for somebody who is connected', () => {
  it('is handed over at once, on every connection that collects', async () => {
    const bob = await sampleMailbox();
    const [one, two] = [await collectFrom(archive.url, bob), await collectFrom(archive.url, bob)];
    expect(one.waiting).toBe(0);
    const crate = await sampleCrate(bob.publicKey);
    expect((await post(crate.envelope)).status).toBe(201);
    expect(await one.client.next('crate', one.n)).toMatchObject({ crate: crate.id });
    expect(await two.client.next('crate', two.n)).toMatchObject({ crate: crate.id });
    await Promise.all([one.client.close(), two.client.close()]);
  });

  it('is not handed over any more once the collect has been cancelled', async () => {
    const bob = await sampleMailbox();
    const { client, n } = await collectFrom(archive.url, bob);
    client.send({ op: 'cancel', target: n });
    await client.next('ended', n);
    const crate = await sampleCrate(bob.publicKey);
    await client.deposit(crate);
    expect(await client.ask({ op: 'status', crates: [crate.id] })).toMatchObject({ op: 'statuses' });
    expect(client.frames).toEqual([]);
    await client.close();
  });
});

describe('collecting', () => {
  it('is refused with a signature that was made for another connection, archive or mailbox', async () => {
    const bob = await sampleMailbox();
    const mallory = await sampleMailbox();
    await post((await sampleCrate(bob.publicKey)).envelope);
    const first = await connect();
    const second = await connect();
    const replayed = await signCollect(bob, first.hello.archive, first.hello.challenge);
    const elsewhere = await signCollect(bob, mallory.publicKey, second.hello.challenge);
    const foreign = await signCollect(mallory, second.hello.archive, second.hello.challenge);
    const garbage = randomBytes(64).toString('base64url');
    const answers = [];
    for (const signature of [replayed, elsewhere, foreign, garbage]) {
      answers.push(await second.client.ask({ op: 'collect', mailbox: bob.publicKey, signature }));
    }
    // The same for a mailbox in which nothing waits: a refusal tells nothing.
    const nobody = await sampleMailbox();
    answers.push(await second.client.ask({ op: 'collect', mailbox: nobody.publicKey, signature: foreign }));
    const details = answers.map((answer) => {
      const { n, ...rest } = answer as { n: number };
      expect(n).toBeGreaterThan(0);
      return rest;
    });
    expect(details).toEqual(details.map(() => details[0]));
    expect(details[0]).toMatchObject({ op: 'error', code: 'not-authorised', retryable: false });
    expect(second.client.frames).toEqual([]);
    await Promise.all([first.client.close(), second.client.close()]);
  });

  it('is bounded for each connection', async () => {
    const { client, hello } = await connect();
    for (let i = 0; i < limits.mailboxesPerConnectionMax; i++) {
      const mailbox = await sampleMailbox();
      const signature = await signCollect(mailbox, hello.archive, hello.challenge);
      const answer = await client.ask({ op: 'collect', mailbox: mailbox.publicKey, signature });
      expect(answer).toMatchObject({ op: 'collecting', waiting: 0 });
    }
    const one = await sampleMailbox();
    const signature = await signCollect(one, hello.archive, hello.challenge);
    expect(await client.ask({ op: 'collect', mailbox: one.publicKey, signature })).toMatchObject({
      op: 'error',
      code: 'quota-exceeded',
    });
    await client.close();
  });
});

describe('the ways out', () => {
  it('need their own proof, and the first one is kept', async () => {
    const bob = await sampleMailbox();
    const [discarded, recalled] = await sampleCrates(bob.publicKey, 2);
    const { client } = await connect();
    await client.deposit(discarded!);
    await client.deposit(recalled!);
    const wrong = text(randomBytes(32));
    expect(await client.ask({ op: 'ack', crate: discarded!.id, secret: wrong })).toMatchObject({
      code: 'receipt-invalid',
    });
    expect(await client.ask({ op: 'recall', crate: recalled!.id, secret: wrong })).toMatchObject({
      code: 'recall-invalid',
    });
    const foreign = await signDiscard(await sampleMailbox(), discarded!.id);
    expect(await client.ask({ op: 'discard', crate: discarded!.id, signature: foreign })).toMatchObject({
      code: 'discard-invalid',
    });
    const signature = await signDiscard(bob, discarded!.id);
    expect(await client.ask({ op: 'discard', crate: discarded!.id, signature })).toMatchObject({
      status: 'discarded',
    });
    expect(
      await client.ask({ op: 'recall', crate: recalled!.id, secret: text(recalled!.recallSecret) }),
    ).toMatchObject({
      status: 'recalled',
    });
    // Too late, but proved: the answer is what has become of the crate.
    expect(await client.ack(recalled!)).toMatchObject({ op: 'crate-status', status: 'recalled' });
    expect(await client.ack(await sampleCrate(bob.publicKey))).toMatchObject({ code: 'crate-not-found' });
    await client.close();
  });
});

describe('depositing over HTTP', () => {
  it('is created once, known the second time, and gone in the end', async () => {
    const bob = await sampleMailbox();
    const crate = await sampleCrate(bob.publicKey);
    const first = await post(crate.envelope);
    const held = { crate: crate.id, status: 'accepted', custody: expect.any(String) };
    expect([first.status, await first.json()]).toEqual([201, held]);
    const second = await post(crate.envelope);
    expect([second.status, await second.json()]).toEqual([200, held]);
    expect(await statusOver(crate)).toMatchObject({ crate: crate.id, status: 'accepted' });
    const { client } = await connect();
    await client.ack(crate);
    await client.close();
    const third = await post(crate.envelope);
    expect(third.status).toBe(410);
    expect(await third.json()).toMatchObject({ code: 'crate-gone', crate: crate.id, state: 'delivered' });
    expect(await statusOver(crate)).toEqual({
      crate: crate.id,
      status: 'delivered',
      proof: text(crate.ackSecret),
    });
  });

  it('takes the largest crate', async () => {
    const bob = await sampleMailbox();
    const crate = await sampleCrate(bob.publicKey, { sizeBytes: limits.crateSizesBytes.at(-1)! });
    expect((await post(crate.envelope)).status).toBe(201);
    const { client, n } = await collectFrom(archive.url, bob);
    expect((await client.next('crate', n)).envelope).toBe(text(crate.envelope));
    await client.close();
  });

  it('answers 404 for a crate that it does not know, and 400 for what is no id', async () => {
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    expect(await statusOver(crate)).toMatchObject({ code: 'crate-not-found', status: 404 });
    expect(await (await fetch(`${archive.url}/v1/crates/nonsense`)).json()).toMatchObject({ status: 400 });
  });
});

describe('a bad envelope', () => {
  it('gets a code that says what is wrong, and leaves nothing behind', async () => {
    const bob = await sampleMailbox();
    const crate = await sampleCrate(bob.publicKey);
    const largest = limits.crateSizesBytes.at(-1)!;
    const flipped = crate.envelope.slice();
    flipped[1] = 9;
    const past = await sampleCrate(bob.publicKey, { expiryHour: hourNow() });
    const far = await sampleCrate(bob.publicKey, { expiryHour: hourNow() + 24 * 60 });
    const cases: [Uint8Array, string, string][] = [
      [new Uint8Array(), 'crate-size-invalid', 'application/octet-stream'],
      [crate.envelope.subarray(0, 4000), 'crate-size-invalid', 'application/octet-stream'],
      [new Uint8Array(randomBytes(4096).fill(0xff, 0, 1)), 'crate-malformed', 'application/octet-stream'],
      [new Uint8Array(4096), 'crate-malformed', 'application/octet-stream'],
      [flipped, 'crate-version-unsupported', 'application/octet-stream'],
      [past.envelope, 'crate-expired', 'application/octet-stream'],
      [far.envelope, 'crate-expiry-too-far', 'application/octet-stream'],
      [new Uint8Array(largest + 1), 'request-too-large', 'application/octet-stream'],
      [crate.envelope, 'media-type-unsupported', 'text/plain'],
    ];
    for (const [body, code, type] of cases) {
      expect(await (await post(body, type)).json()).toMatchObject({ code });
    }
    const { client } = await connect();
    for (const [body, code, type] of cases.filter(([bytes]) => bytes.length > 0 && bytes.length <= largest)) {
      if (type !== 'application/octet-stream') continue;
      expect(await client.ask({ op: 'deposit', envelope: text(body) })).toMatchObject({ op: 'error', code });
    }
    expect(await client.ask({ op: 'deposit', envelope: 'not base64url!' })).toMatchObject({
      code: 'request-malformed',
    });
    const ids = [crate, past, far].map(({ id }) => id);
    expect(await client.ask({ op: 'status', crates: ids })).toMatchObject({
      statuses: ids.map((id) => ({ crate: id, status: 'unknown' })),
    });
    await client.close();
    const { client: owner, waiting } = await collectFrom(archive.url, bob);
    expect(waiting).toBe(0);
    await owner.close();
  });
});

describe('the log', () => {
  it('names no crate, mailbox or secret', async () => {
    const bob = await sampleMailbox();
    const crate = await sampleCrate(bob.publicKey);
    const { client, n } = await collectFrom(archive.url, bob);
    await client.deposit(crate);
    await client.next('crate', n);
    await client.ack(crate);
    await client.close();
    const log = archive.logLines.join('\n');
    for (const secret of [crate.id, bob.publicKey, text(crate.ackSecret), text(crate.recallSecret)]) {
      expect(log).not.toContain(secret);
    }
  });
});
