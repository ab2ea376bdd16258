/** A record store, as a case of its contract looks at it. */
import { encodeBase64url, HoldfastError, type HoldfastRecord } from '@holdfast/protocol';
import type { AgreedScope, RecordStore, TakenIn } from '../ports.js';

export const idsOf = (records: readonly HoldfastRecord[]): string[] => records.map(({ id }) => id);
export const textsOf = (records: readonly HoldfastRecord[]): string[] => records.map(({ jws }) => jws);
export const lengthOf = (texts: readonly string[]): number =>
  texts.reduce((sum, { length }) => sum + length, 0);

export const take = (store: RecordStore, records: readonly HoldfastRecord[]): Promise<string[]> =>
  takeTexts(store, textsOf(records));

export async function takeTexts(store: RecordStore, texts: readonly string[]): Promise<string[]> {
  const told = (outcome: TakenIn): string => (outcome instanceof HoldfastError ? outcome.code : outcome);
  return (await store.takeIn(texts)).map(told);
}

export const idsIn = async (store: RecordStore): Promise<readonly string[]> =>
  (await store.newsAfter(0, [{}])).ids;

export const setOf = async (store: RecordStore, scope: AgreedScope = [{}]): Promise<string[]> =>
  (await setInOrder(store, scope)).sort();

export async function setInOrder(store: RecordStore, scope: AgreedScope): Promise<string[]> {
  const set = await store.openSet(scope);
  try {
    return await set.run((storage) =>
      [...storage.items(0, storage.size)].map(({ id }) => encodeBase64url(id)),
    );
  } finally {
    set.close();
  }
}

const hexOf = (id: string): string =>
  Array.from(atob(id.replaceAll('-', '+').replaceAll('_', '/')), (byte) =>
    byte.charCodeAt(0).toString(16).padStart(2, '0'),
  ).join('');

export const compareBytes = (a: string, b: string): number => (hexOf(a) < hexOf(b) ? -1 : 1);
