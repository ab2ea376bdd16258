import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signDiscard } from '@holdfast/protocol';
import { randomBytes } from 'node:crypto';
import { sampleCrate, sampleMailbox, text } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { archiveLimits } from '../limits.js';
import { CrateEvents } from './crate-events.js';
import { CrateRepository } from './crate.repository.js';
import { DepartureService } from './departure.service.js';

let { spec, deposits, departures, events, statuses, status, close } = {} as CrateServices;
beforeAll(async () => {
  ({ spec, deposits, departures, events, statuses, status, close } = await openCrateServices());
});
afterAll(() => close());

const deposited = async () => {
  const mailbox = await sampleMailbox();
  const crate = await sampleCrate(mailbox.publicKey);
  await deposits.deposit(crate.envelope);
  return { mailbox, crate };
};

describe('acknowledging', () => {
  it('lets the crate go on its receipt, and answers the same as often as it is shown', async () => {
    const { crate } = await deposited();
    const wish = { crate: crate.id, way: 'ack', proof: crate.ackSecret } as const;
    const delivered = { crate: crate.id, status: 'delivered', proof: text(crate.ackSecret) };
    expect(await departures.depart(wish)).toEqual(delivered);
    expect(await departures.depart(wish)).toEqual(delivered);
    expect(await statuses.statuses([crate.id])).toEqual([delivered]);
  });

  it('refuses every other secret, also the one that recalls and the receipt of another crate', async () => {
    const { crate } = await deposited();
    const other = (await deposited()).crate;
    for (const proof of [randomBytes(32), crate.recallSecret, other.ackSecret, crate.ackHash]) {
      await expect(departures.depart({ crate: crate.id, way: 'ack', proof })).rejects.toMatchObject({
        code: 'receipt-invalid',
      });
    }
    expect(await status(crate.id)).toBe('accepted');
  });

  it('refuses a wrong secret for a crate that was delivered, too', async () => {
    const { crate } = await deposited();
    await departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
    const wrong = departures.depart({ crate: crate.id, way: 'ack', proof: randomBytes(32) });
    await expect(wrong).rejects.toMatchObject({ code: 'receipt-invalid' });
  });

  it('knows no crate that was never here', async () => {
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    const wish = departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
    await expect(wish).rejects.toMatchObject({ code: 'crate-not-found' });
  });
});

describe('discarding and recalling', () => {
  it('lets a crate go on a signature of its mailbox, and on no other', async () => {
    const { crate, mailbox } = await deposited();
    const stranger = await sampleMailbox();
    const other = (await deposited()).crate;
    for (const signature of [await signDiscard(stranger, crate.id), await signDiscard(mailbox, other.id)]) {
      const proof = Buffer.from(signature, 'base64url');
      await expect(departures.depart({ crate: crate.id, way: 'discard', proof })).rejects.toMatchObject({
        code: 'discard-invalid',
      });
    }
    const proof = Buffer.from(await signDiscard(mailbox, crate.id), 'base64url');
    const gone = { crate: crate.id, status: 'discarded' };
    expect(await departures.depart({ crate: crate.id, way: 'discard', proof })).toMatchObject(gone);
    expect(await departures.depart({ crate: crate.id, way: 'discard', proof })).toMatchObject(gone);
  });

  it('lets a crate go on the secret of its sender, and on no other', async () => {
    const { crate } = await deposited();
    const wrong = departures.depart({ crate: crate.id, way: 'recall', proof: crate.ackSecret });
    await expect(wrong).rejects.toMatchObject({ code: 'recall-invalid' });
    expect(
      await departures.depart({ crate: crate.id, way: 'recall', proof: crate.recallSecret }),
    ).toMatchObject({
      crate: crate.id,
      status: 'recalled',
    });
  });
});

describe('several ways out at once', () => {
  it('tells everybody with a valid proof the one way that was taken', async () => {
    const { crate, mailbox } = await deposited();
    const signature = Buffer.from(await signDiscard(mailbox, crate.id), 'base64url');
    const answers = await Promise.all([
      departures.depart({ crate: crate.id, way: 'recall', proof: crate.recallSecret }),
      departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret }),
      departures.depart({ crate: crate.id, way: 'discard', proof: signature }),
    ]);
    expect(answers).toMatchObject(answers.map(() => ({ crate: crate.id, status: 'recalled' })));
  });

  it('holds between two archives on one database as well', async () => {
    const { crate } = await deposited();
    const second = new DepartureService(new CrateRepository(spec.database), new CrateEvents());
    const [one, two] = await Promise.all([
      departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret }),
      second.depart({ crate: crate.id, way: 'recall', proof: crate.recallSecret }),
    ]);
    expect(two.status).toBe(one.status);
    expect(await status(crate.id)).toBe(one.status);
  });

  it('answers each of many wishes by itself', async () => {
    const made = await Promise.all(Array.from({ length: 30 }, () => deposited()));
    const answers = await Promise.allSettled(
      made.map(({ crate }, i) =>
        departures.depart({
          crate: crate.id,
          way: 'ack',
          proof: i % 3 === 0 ? randomBytes(32) : crate.ackSecret,
        }),
      ),
    );
    expect(answers.map(({ status: outcome }) => outcome)).toEqual(
      made.map((_, i) => (i % 3 === 0 ? 'rejected' : 'fulfilled')),
    );
  });
});

describe('depositing again', () => {
  it('answers the same while the crate waits, and its end afterwards', async () => {
    const { crate } = await deposited();
    expect(await deposits.deposit(crate.envelope)).toMatchObject({
      crate: crate.id,
      status: 'accepted',
      created: false,
    });
    await departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
    await expect(deposits.deposit(crate.envelope)).rejects.toMatchObject({
      code: 'crate-gone',
      data: { crate: crate.id, state: 'delivered' },
    });
  });

  it('in the same moment takes the crate in once, and answers everybody', async () => {
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    let arrivals = 0;
    events.onArrival((mailboxes) => (arrivals += mailboxes.has(crate.mailbox) ? 1 : 0));
    const answers = await Promise.all(Array.from({ length: 5 }, () => deposits.deposit(crate.envelope)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(5).fill('accepted'));
    expect(arrivals).toBe(1);
  });
});

describe('depositing into a full mailbox', () => {
  it('is refused before any promise, and works again when there is room', async () => {
    const mailbox = (await sampleMailbox()).publicKey;
    const key = Buffer.from(mailbox, 'base64url');
    const [first, second] = [await sampleCrate(mailbox), await sampleCrate(mailbox)];
    await spec.database.query('insert into mailbox_usage values ($1, $2, 0)', [
      key,
      archiveLimits.ordinaryMailboxCratesMax - 1,
    ]);
    await deposits.deposit(first.envelope);
    const refused = deposits.deposit(second.envelope);
    await expect(refused).rejects.toMatchObject({ code: 'quota-exceeded', retryable: true });
    expect(await status(second.id)).toBe('unknown');
    await departures.depart({ crate: first.id, way: 'recall', proof: first.recallSecret });
    expect(await deposits.deposit(second.envelope)).toMatchObject({ status: 'accepted' });
  });
});
