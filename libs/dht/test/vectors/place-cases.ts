/** The cases of vectors/dht/places.json. */
import { Key } from '../../src/keys/key.js';
import { placeKinds, type Place } from '../../src/keys/place.js';
import { feedPlace, headPlace, mailboxPlace, recordPlace } from '../../src/keys/places.js';
import { ringTarget } from '../../src/keys/ring-target.js';

const author = '8lcWAlJogHk_DN5jR0cmXi9O2Cbk_xXmCPABtbViYJc';
const dayKey = 'FvgfrEuNj2fnexKEjOHKxdAyUuCWjAHRJ3C7UVDWuJU';
const id = new Key(new Uint8Array(32).fill(0x11)).text;

const placed: readonly { readonly of: Record<string, string | number>; readonly place: Place }[] = [
  { of: { id }, place: recordPlace(id) },
  { of: { author, collection: 'notes', key: 'kelp' }, place: headPlace(author, 'notes', 'kelp') },
  { of: { author, collection: 'notes', key: 'Küste 海藻' }, place: headPlace(author, 'notes', 'Küste 海藻') },
  { of: { author, collection: 'note', key: 'skelp' }, place: headPlace(author, 'note', 'skelp') },
  { of: { author, collection: 'notes' }, place: feedPlace(author, 'notes') },
  { of: { dayKey }, place: mailboxPlace(dayKey) },
];

export const placeCases = placed.map(({ of, place }) => ({
  of,
  kind: placeKinds.indexOf(place.kind),
  key: place.key.text,
  targets: [0, 1, 2].map((ring) => ringTarget(place, ring).text),
}));
