import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hourNow, sampleCrates, sampleMailbox } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';

describe('an archive that is full', () => {
  let services: CrateServices;
  beforeAll(async () => {
    services = await openCrateServices({ HOLDFAST_CRATES_BYTES_MAX: String(2 * 4096) });
  });
  afterAll(() => services.close());

  it('refuses what is new before it promises anything, and still answers for what it holds', async () => {
    const { repository, space, deposits } = services;
    const crates = await sampleCrates((await sampleMailbox()).publicKey, 3);
    const deposit = (index: number) => deposits.deposit(crates[index]!.envelope);
    expect(await deposit(0)).toMatchObject({ created: true });
    const [again, ...raced] = await Promise.allSettled([deposit(0), deposit(1), deposit(2)]);
    expect(again).toMatchObject({ value: { created: false } });
    // There is room for one of the two, and either may be first.
    const late = raced[0].status === 'rejected' ? 1 : 2;
    expect(raced[late - 1]).toMatchObject({ reason: { code: 'quota-exceeded' } });
    expect(raced[2 - late]).toMatchObject({ value: { created: true } });
    await space.count();
    await expect(deposit(late)).rejects.toMatchObject({ code: 'quota-exceeded' });
    await repository.depart([{ id: crates[0]!.id, state: 'discarded', proof: null }], hourNow());
    await space.count();
    expect(await deposit(late)).toMatchObject({ created: true });
  });
});
