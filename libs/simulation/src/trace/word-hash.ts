/**
 * A running hash of numbers, for traces of tens of millions of messages: two lanes of MurmurHash3's steps (Austin
 * Appleby, public domain), 64 bits together. It tells traces apart; it is no cryptographic hash.
 */
const { imul } = Math;

export class WordHash {
  #first = 0x9747b28c;
  #second = 0x3c6ef372;
  #count = 0;

  /** @param word its lowest 32 bits */
  add(word: number): this {
    this.#count++;
    this.#first = step(this.#first, word, 0xcc9e2d51, 0x1b873593);
    this.#second = step(this.#second, word ^ this.#count, 0x85ebca6b, 0xc2b2ae35);
    return this;
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    return [this.#first, this.#second]
      .map((lane) => (finished(lane ^ this.#count) >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }
}

function step(lane: number, word: number, before: number, after: number): number {
  let k = imul(word, before);
  k = imul((k << 15) | (k >>> 17), after);
  const h = lane ^ k;
  return (imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** The finaliser of MurmurHash3: every bit reaches every bit. */
export function finished(word: number): number {
  let h = word ^ (word >>> 16);
  h = imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
