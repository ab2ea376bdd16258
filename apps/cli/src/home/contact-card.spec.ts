import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generatePrivateJwk, HoldfastError } from '@holdfast/protocol';
import { formatContactCard, parseContactCard } from './contact-card.js';

const { x: alice } = await generatePrivateJwk();

describe('a contact card', () => {
  it('says who somebody is and where their mailbox is, and reads back the same', () => {
    const card = { author: alice, archives: ['http://127.0.0.1:7070', 'https://archive.example/a%20b'] };
    expect(parseContactCard(formatContactCard(card))).toEqual(card);
    expect(formatContactCard({ author: alice, archives: [] })).toBe(`holdfast:${alice}`);
  });

  it('may be a bare public key', () => {
    expect(parseContactCard(` ${alice}\n`)).toEqual({ author: alice, archives: [] });
  });

  it('is refused for any other text, with a code', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        for (const card of [text, `holdfast:${text}`, `holdfast:${alice}?archive=${text}`]) {
          try {
            const read = parseContactCard(card);
            expect(read.author).toBe(alice);
          } catch (error) {
            expect(error).toBeInstanceOf(HoldfastError);
          }
        }
      }),
    );
  });

  it('may not name more archives than a mailbox card', () => {
    const archives = Array.from({ length: 17 }, (_, i) => `https://a${i}.example`);
    expect(() => parseContactCard(formatContactCard({ author: alice, archives }))).toThrow(
      'at most 16 archives',
    );
  });
});
