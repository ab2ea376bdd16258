/**
 * The place of a follow over several archives: for each archive, by its id, the cursor that it gave. As text it is
 * base64url of a JSON object.
 */
import {
  decodeBase64url,
  decodeUtf8,
  encodeBase64url,
  encodeUtf8,
  HoldfastError,
} from '@holdfast/protocol/core';
import { limits } from '../limits.js';

export type FollowPlaces = Readonly<Record<string, string>>;

export const encodeFollowCursor = (places: FollowPlaces): string =>
  encodeBase64url(encodeUtf8(JSON.stringify(places)));

/** Throws `cursor-invalid`. */
export function decodeFollowCursor(cursor: string): FollowPlaces {
  const bytes = cursor.length <= limits.followCursorLengthMax ? decodeBase64url(cursor) : undefined;
  const text = bytes === undefined ? undefined : decodeUtf8(bytes);
  const places = text === undefined ? undefined : parsePlaces(text);
  if (places === undefined) {
    throw new HoldfastError('cursor-invalid', '"from" is "start", "now" or the cursor of an earlier follow.');
  }
  return places;
}

export function parsePlaces(text: string): FollowPlaces | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const places = Object.entries(json as Record<string, unknown>);
  const isPlace = ([, cursor]: [string, unknown]): boolean => typeof cursor === 'string' && cursor !== '';
  return places.every(isPlace) ? (json as FollowPlaces) : undefined;
}
