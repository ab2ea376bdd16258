import { describe, expect, it } from '@jest/globals';
import { chance, itemOf, randomKey, recordPlaceOf } from '../../test/network.js';
import type { Place } from '../keys/place.js';
import { dhtSettings } from '../limits.js';
import type { VerifiedItem } from '../node/effect.js';
import { ItemStore, type KeepTerms } from './item-store.js';

const random = chance(5);
const key = () => randomKey(random);
const responsible: KeepTerms = { isCached: false, ring: 0, leftMs: Infinity };
const cached: KeepTerms = { isCached: true, leftMs: Infinity };
const pinned: KeepTerms = { isCached: false, isPinned: true, leftMs: Infinity };

function storeWith(settings: Partial<typeof dhtSettings> | Record<string, number> = {}) {
  const context = { nowMs: 0, random, settings: { ...dhtSettings, ...settings } };
  const store = new ItemStore(context);
  const put = (terms: KeepTerms, item: VerifiedItem = itemOf(key())): VerifiedItem => {
    store.put(recordPlaceOf(item.id), item, terms);
    return item;
  };
  const holds = (item: VerifiedItem): boolean => store.at(recordPlaceOf(item.id)).length > 0;
  return { context, store, put, holds };
}

describe('an item store', () => {
  it('lets fade what is not read within its time, and extends it by reading', () => {
    const { context, store, put, holds } = storeWith();
    const [unread, read] = [put(responsible), put(responsible)];
    context.nowMs = dhtSettings.ttlMs - 1;
    store.read(recordPlaceOf(read.id));
    context.nowMs = dhtSettings.ttlMs;
    expect([holds(unread), holds(read)]).toEqual([false, true]);
    context.nowMs = 2 * dhtSettings.ttlMs - 1;
    expect(holds(read)).toBe(false);
    expect(store.counts).toEqual({ items: 0, bytes: 0, pinned: 0, cached: 0 });
  });

  it('keeps a copy that was brought no longer than it had left', () => {
    const { context, put, holds } = storeWith();
    const item = put({ ...responsible, leftMs: 5_000 });
    put({ ...responsible, leftMs: 1_000 }, item);
    context.nowMs = 4_999;
    expect(holds(item)).toBe(true);
    context.nowMs = 5_000;
    expect(holds(item)).toBe(false);
  });

  it('keeps what is pinned for ever, and from its release on as long as anything else', () => {
    const { context, store, put, holds } = storeWith();
    const item = put(pinned);
    context.nowMs = 100 * dhtSettings.ttlMs;
    expect(holds(item)).toBe(true);
    store.unpin(recordPlaceOf(item.id), item.id);
    context.nowMs += dhtSettings.ttlMs - 1;
    expect(holds(item)).toBe(true);
    context.nowMs += 1;
    expect(holds(item)).toBe(false);
  });

  it('keeps nothing beyond its own expiry, not even what is pinned', () => {
    const { context, put, holds, store } = storeWith();
    const item = put(pinned, itemOf(key(), 1, 60));
    context.nowMs = 60_000;
    expect(holds(item)).toBe(false);
    expect(store.put(recordPlaceOf(item.id), item, pinned)).toBe('expired');
  });

  it('holds one head, the greatest by (iat, id)', () => {
    const { store } = storeWith();
    const place: Place = { kind: 'head', key: key() };
    const [low, high] = [itemOf(key(), 7), itemOf(key(), 7)].sort((a, b) =>
      Buffer.compare(a.id.bytes, b.id.bytes),
    ) as [VerifiedItem, VerifiedItem];
    for (const item of [itemOf(key(), 3), high, low, itemOf(key(), 6)]) store.put(place, item, responsible);
    expect(store.at(place).map(({ item }) => item)).toEqual([high]);
    expect(store.put(place, low, responsible)).toBe('superseded');
  });

  it('holds the newest of a feed, the latest first', () => {
    const { store } = storeWith({ feedItemsMax: 3 });
    const place: Place = { kind: 'feed', key: key() };
    for (const iat of [5, 9, 2, 7, 8, 1]) store.put(place, itemOf(key(), iat), responsible);
    expect(store.at(place).map(({ item }) => item.iat)).toEqual([9, 8, 7]);
    expect(store.counts.items).toBe(3);
  });

  it('lets go of cached copies first, then of the unread, then of what was read longest ago', () => {
    const { context, store, put, holds } = storeWith({ itemsMax: 4 });
    const held = [put(pinned), put(responsible), put(responsible), put(cached)] as const;
    context.nowMs = 10;
    store.read(recordPlaceOf(held[1].id));
    const order = [held[3], held[2], held[1]];
    for (const [at, least] of order.entries()) {
      expect(holds(least)).toBe(true);
      context.nowMs += 10;
      const fresh = put(responsible);
      store.read(recordPlaceOf(fresh.id));
      expect(order.map(holds)).toEqual(order.map((_item, index) => index > at));
    }
    expect(holds(held[0])).toBe(true);
  });

  it('refuses what is new when everything is pinned', () => {
    const { store, put } = storeWith({ itemsMax: 2 });
    put(pinned);
    put(pinned);
    const item = itemOf(key());
    expect(store.put(recordPlaceOf(item.id), item, responsible)).toBe('full');
    expect(store.counts).toMatchObject({ items: 2, pinned: 2 });
  });

  it('gives copies of the way a share and no more, in items and in bytes', () => {
    const byItems = storeWith({ itemsMax: 40 });
    for (let i = 0; i < 100; i++) byItems.put(cached);
    expect(byItems.store.counts.cached).toBe(10);
    const byBytes = storeWith({ bytesMax: 1_000 });
    for (let i = 0; i < 100; i++) byBytes.put(cached);
    expect(byBytes.store.counts.cached).toBeGreaterThan(0);
    expect(byBytes.store.counts.bytes).toBeLessThanOrEqual(250);
  });

  it('never holds more bytes than it may', () => {
    const { store, put } = storeWith({ bytesMax: 1_000 });
    for (let i = 0; i < 100; i++) {
      put(i % 3 === 0 ? cached : responsible);
      expect(store.counts.bytes).toBeLessThanOrEqual(1_000);
    }
  });

  it('makes of a copy of the way one of its own when a ring asks for it', () => {
    const { context, store, put, holds } = storeWith();
    const item = put(cached);
    put(responsible, item);
    expect(store.counts).toMatchObject({ items: 1, cached: 0 });
    context.nowMs = dhtSettings.cacheTtlMs;
    expect(holds(item)).toBe(true);
  });

  it.each([
    ['a copy of the way', cached],
    ['one that is brought for a moment', { ...responsible, leftMs: 1_000 }],
  ])('keeps a newer head as it would have kept the older one, also when it comes as %s', (_, terms) => {
    const { context, store } = storeWith();
    const place: Place = { kind: 'head', key: key() };
    const newer = itemOf(key(), 2);
    store.put(place, itemOf(key(), 1), responsible);
    context.nowMs = 60_000;
    store.put(place, newer, terms);
    expect(store.counts).toMatchObject({ items: 1, cached: 0 });
    expect(store.find(place, newer.id)).toMatchObject({ rings: 1, untilMs: dhtSettings.ttlMs });
    context.nowMs = dhtSettings.ttlMs - 1;
    expect(store.at(place).map(({ item }) => item)).toEqual([newer]);
    context.nowMs += 1;
    expect(store.at(place)).toEqual([]);
  });

  it('keeps a newer head as a copy of the way where the older one was no more', () => {
    const { context, store } = storeWith();
    const place: Place = { kind: 'head', key: key() };
    store.put(place, itemOf(key(), 1), cached);
    store.put(place, itemOf(key(), 2), cached);
    expect(store.counts).toMatchObject({ items: 1, cached: 1 });
    context.nowMs = dhtSettings.cacheTtlMs;
    expect(store.at(place)).toEqual([]);
  });

  it('does not lose of a feed what copies of the way push out of it', () => {
    const { context, store } = storeWith({ feedItemsMax: 3 });
    const place: Place = { kind: 'feed', key: key() };
    for (const iat of [1, 2, 3]) store.put(place, itemOf(key(), iat), responsible);
    for (const iat of [4, 5, 6]) store.put(place, itemOf(key(), iat), cached);
    context.nowMs = dhtSettings.cacheTtlMs;
    expect(store.at(place).map(({ item }) => item.iat)).toEqual([6, 5, 4]);
  });
});
