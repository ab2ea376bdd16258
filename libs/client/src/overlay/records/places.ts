/** Which place a filter asks for, and whether a record belongs at a place (spec/dht.md, "Places and rings"). */
import { feedPlace, headPlace, placesOf, type Place } from '@holdfast/dht';
import type { HoldfastRecord, QueryFilter } from '@holdfast/protocol';

/** Where everything is that the filter takes, or the newest of it; undefined for filters that no place answers to. */
export function placeOfFilter({ author, collection, key }: QueryFilter): Place | undefined {
  if (author === undefined || collection === undefined) return undefined;
  return key === undefined ? feedPlace(author, collection) : headPlace(author, collection, key);
}

export const isPlaceOf = (record: HoldfastRecord, place: Place): boolean =>
  placesOf(record).some(({ kind, key }) => kind === place.kind && key.equals(place.key));
