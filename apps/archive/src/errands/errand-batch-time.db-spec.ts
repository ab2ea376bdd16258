import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { crateIdOf, generatePrivateJwk } from '@holdfast/protocol';
import { sampleCrates, sampleMailbox } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { silentLog } from '../../test/database-for-spec.js';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { ArchiveTokens } from '../platform/archive-identity/archive-tokens.js';
import { ErrandRepository } from './errand.repository.js';
import { ErrandRunner } from './errand-runner.js';
import { Introductions } from '../platform/outgoing/introductions.js';
import { OtherArchives } from './outgoing/other-archives.js';
import type { PeerAnswer, PeerRequest } from '../platform/outgoing/peer-requests.js';

let services: CrateServices;
beforeAll(async () => {
  services = await openCrateServices();
});
afterAll(() => services.close());

const url = 'https://target.example';

/** A road at whose end an archive takes everything. */
class WillingRoad {
  brought = 0;

  constructor(private readonly archive: ArchiveIdentity) {}

  async send({ url: asked, body = new Uint8Array() }: PeerRequest): Promise<PeerAnswer> {
    if (asked.endsWith('/holdfast')) {
      const time = Math.floor(Date.now() / 1000);
      return json({ id: this.archive.id, protocols: ['holdfast/1'], time });
    }
    if (asked.endsWith('/offers')) {
      const { crates } = JSON.parse(String(Buffer.from(body))) as { crates: { crate: string }[] };
      return json({ crates: crates.map(({ crate }) => ({ crate, status: 'wanted' })) });
    }
    this.brought += 1;
    const crate = await crateIdOf(new Uint8Array(body));
    const [held] = await services.repository.find([crate]);
    const terms = { crate, sizeBytes: body.length, expiryHour: held!.expiryHour };
    return json({ crate, status: 'accepted', custody: await this.archive.promise(terms, Date.now()) });
  }
}

const json = (content: object): PeerAnswer => ({ status: 200, body: Buffer.from(JSON.stringify(content)) });

describe('a batch of errands', () => {
  it('begins no further crate once its time is over, and the next batch goes on with the rest', async () => {
    const road = new WillingRoad(await ArchiveIdentity.of(await generatePrivateJwk()));
    const { spec, identity, departures, deposits } = services;
    const introductions = new Introductions(road);
    const tokens = new ArchiveTokens(identity);
    const runner = new ErrandRunner({
      errands: new ErrandRepository(spec.database),
      introductions,
      others: new OtherArchives(road, introductions, tokens, () => 'https://entry.example'),
      departures,
      ownId: identity.id,
      batchMsMax: -1,
      log: silentLog,
      onSettled: () => undefined,
    });
    const atOnce = archiveLimits.errandBringsAtOnce;
    const crates = await sampleCrates((await sampleMailbox()).publicKey, atOnce + 1);
    for (const { envelope } of crates) await deposits.deposit(envelope, undefined, { bring: [url] });
    // The rest of a batch whose time is over waits for the next one, which begins by asking what is wanted.
    expect(await runner.runBatch(url)).toBe('worked');
    expect(road.brought).toBe(atOnce);
    expect(await runner.runBatch(url)).toBe('worked');
    expect(road.brought).toBe(atOnce + 1);
    expect(await runner.runBatch(url)).toBe('idle');
  });
});
