import { describe, expect, it } from '@jest/globals';
import { archiveLimits } from '../../limits.js';
import { readSettings } from '../../platform/settings.js';
import { DepositorQuota, type Depositor } from './depositor-quota.js';

const kelp: Depositor = { kind: 'network', id: '192.0.2.1' };
const tide: Depositor = { kind: 'network', id: '192.0.2.2' };
const reef = { kind: 'archive', id: 'an archive', network: kelp.id } as const;
const small = 4096;
const MiB = 1024 * 1024;

const quotaOf = (crates: number, bytes: number) =>
  new DepositorQuota(
    readSettings({
      HOLDFAST_DEPOSITS_PER_MINUTE: String(crates),
      HOLDFAST_DEPOSIT_BYTES_PER_MINUTE: String(bytes),
    }),
  );

/** How many crates are taken one after the other, and why the next one is not. */
function takeAll(quota: DepositorQuota, depositor: Depositor, sizeBytes: number, nowMs: number) {
  for (let count = 0; ; count++) {
    const usedUp = quota.take(depositor, sizeBytes, nowMs);
    if (usedUp !== undefined) return { count, ...usedUp };
  }
}

describe('the quota of a depositor', () => {
  it('has room for a burst of crates, and then for as many as the rate gives', () => {
    const quota = quotaOf(6, 0);
    expect(takeAll(quota, kelp, small, 0)).toEqual({ count: 30, name: 'depositor-crates', untilMs: 10_000 });
    expect(takeAll(quota, kelp, small, 20_000)).toMatchObject({ count: 2, untilMs: 30_000 });
  });

  it('counts bytes as well, and takes nothing when one of the two is used up', () => {
    const quota = quotaOf(1_000, MiB);
    expect(takeAll(quota, kelp, MiB, 0)).toEqual({ count: 8, name: 'depositor-bytes', untilMs: 60_000 });
    // The burst of 5,000 crates is where it was but for the eight.
    expect(takeAll(quotaOf(2, 4 * MiB), kelp, small, 0)).toMatchObject({
      count: 10,
      name: 'depositor-crates',
    });
    expect(quota.take(kelp, small, 1_000)).toBeUndefined();
  });

  it('has room for one of the largest crates however low the rate of bytes is', () => {
    expect(quotaOf(0, 1).take(kelp, MiB, 0)).toBeUndefined();
  });

  it('is one for each network', () => {
    const quota = quotaOf(6, 0);
    takeAll(quota, kelp, small, 0);
    expect(quota.take(tide, small, 0)).toBeUndefined();
  });

  it('is ten times as large for an archive, which brings the crates of many', () => {
    expect(takeAll(quotaOf(6, 0), reef, small, 0)).toMatchObject({ count: 300 });
  });

  it('is no larger for many archives of one network, whose ids cost nothing', () => {
    const quota = quotaOf(6, 0);
    for (let i = 0; i < 300; i++) expect(quota.take({ ...reef, id: `id ${i}` }, small, 0)).toBeUndefined();
    const before = quota.count;
    expect(quota.take({ ...reef, id: 'another id' }, small, 0)).toMatchObject({ name: 'depositor-crates' });
    expect(quota.count).toBe(before);
    expect(quota.take({ ...reef, id: 'another id', network: tide.id }, small, 0)).toBeUndefined();
    expect(quota.take(kelp, small, 0)).toBeUndefined();
  });

  it('goes with the archive from network to network', () => {
    const quota = quotaOf(6, 0);
    for (let i = 0; i < 300; i++) quota.take({ ...reef, network: `network ${i}` }, small, 0);
    expect(quota.take({ ...reef, network: 'another network' }, small, 0)).toBeDefined();
  });

  it('is none at all where the settings say 0', () => {
    const quota = quotaOf(0, 0);
    for (let i = 0; i < 10_000; i++) expect(quota.take(kelp, MiB, 0)).toBeUndefined();
  });

  it('remembers so many depositors, and forgets the one that has been quiet for longest', () => {
    const quota = quotaOf(6, 0);
    takeAll(quota, kelp, small, 0);
    takeAll(quota, tide, small, 0);
    quota.take(kelp, small, 0);
    for (let i = 2; i <= archiveLimits.depositorsMax; i++) {
      quota.take({ kind: 'network', id: `network ${i}` }, small, 0);
    }
    expect(quota.count).toBe(archiveLimits.depositorsMax);
    expect(quota.take(kelp, small, 0)).toBeDefined();
    expect(quota.take(tide, small, 0)).toBeUndefined();
  });
});
