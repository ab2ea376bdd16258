import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { hourNow, sampleCrates, sampleMailbox } from '../../test/crate-samples.js';
import { openSpecDatabase, silentLog, type SpecDatabase } from '../../test/database-for-spec.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { readSettings } from '../platform/settings.js';
import { CrateEvents } from './crate-events.js';
import { CrateRepository } from './crate.repository.js';
import { CrateSpace } from './crate-space.js';
import { DepositService } from './deposit.service.js';

describe('an archive that is full', () => {
  let spec: SpecDatabase;
  beforeAll(async () => {
    spec = await openSpecDatabase();
  });
  afterAll(() => spec.drop());

  it('refuses what is new before it promises anything, and still answers for what it holds', async () => {
    const crates = await sampleCrates((await sampleMailbox()).publicKey, 3);
    const repository = new CrateRepository(spec.database);
    const sizeBytes = crates[0]!.envelope.length;
    const settings = readSettings({ HOLDFAST_CRATES_BYTES_MAX: String(2 * sizeBytes) });
    const space = new CrateSpace(repository, settings, silentLog);
    const identity = await ArchiveIdentity.of(await generatePrivateJwk());
    const deposits = new DepositService(repository, new CrateEvents(), space, identity);
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
    await repository.depart([{ id: crates[0]!.id, state: 'discarded', proof: null }]);
    await space.count();
    expect(await deposit(late)).toMatchObject({ created: true });
  });
});
