import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FoundMail } from './mbox.js';
import { arrangeThreads } from './threads.js';

const mail = (messageId: string | undefined, ...ancestors: string[]): FoundMail => ({
  file: `${messageId}.eml`,
  offset: 0,
  sizeBytes: 1,
  isFromMbox: false,
  fields: { ...(messageId === undefined ? {} : { messageId }), ancestors, dates: [] },
});
const idsOf = (mails: readonly FoundMail[]) => mails.map(({ fields }) => fields.messageId);

describe('the order of an import', () => {
  it('puts parents before their answers', () => {
    const mails = [mail('c', 'b'), mail('b', 'a'), mail('a')];
    expect(idsOf(arrangeThreads(mails).ordered)).toEqual(['a', 'b', 'c']);
  });

  it('keeps mails with one Message-Id together, before what answers them', () => {
    const mails = [mail('b', 'a'), mail('a'), mail('a', 'x')];
    expect(idsOf(arrangeThreads(mails).ordered)).toEqual(['a', 'a', 'b']);
  });

  it('puts mails without a Message-Id last: nothing can answer them', () => {
    expect(idsOf(arrangeThreads([mail(undefined, 'a'), mail('a')]).ordered)).toEqual(['a', undefined]);
  });

  it('breaks a circle at the same place, in whatever order the mails were found', () => {
    const circle = [mail('a', 'c'), mail('b', 'a'), mail('c', 'b')];
    for (const order of [circle, circle.toReversed(), [circle[1]!, circle[2]!, circle[0]!]]) {
      const threads = arrangeThreads(order);
      expect(idsOf(threads.ordered)).toHaveLength(3);
      expect(order.filter((one) => threads.ancestorsOf(one).length === 0).map((one) => one.file)).toEqual([
        'b.eml',
      ]);
    }
  });

  it('arranges a thread that is longer than a stack is deep', () => {
    const length = 50_000;
    const mails = Array.from({ length }, (_, i) => mail(`m${i}`, ...(i === 0 ? [] : [`m${i - 1}`])));
    expect(idsOf(arrangeThreads(mails.toReversed()).ordered).at(-1)).toBe(`m${length - 1}`);
  });

  it('gives every mail once, each after all that it may name, for any set of mails', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const any = fc.tuple(fc.option(id, { nil: undefined }), fc.array(id, { maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (described) => {
        const mails = described.map(([own, ancestors]) =>
          mail(own, ...ancestors.filter((other) => other !== own)),
        );
        const { ordered, ancestorsOf, has } = arrangeThreads(mails);
        expect(new Set(ordered)).toEqual(new Set(mails));
        ordered.forEach((child, at) => {
          for (const ancestor of ancestorsOf(child).filter(has)) {
            const last = ordered.findLastIndex(({ fields }) => fields.messageId === ancestor);
            expect(last).toBeLessThan(at);
          }
        });
      }),
    );
  });
});
