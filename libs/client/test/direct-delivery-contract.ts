/** What every direct delivery keeps true, between clients whose way to each other can be cut. */
import { describe, expect, it } from '@jest/globals';
import { encodeBase64url, generatePrivateJwk, signingKeyFromJwk, type SigningKey } from '@holdfast/protocol';
import type { DirectDelivery, DirectProof, Taking } from '../src/overlay/direct/direct-delivery.js';

/** Several clients, all of whom reach each other while it is open. */
export interface Waters {
  readonly ends: readonly DirectDelivery[];
  open(isOpen: boolean): void;
  /** Resolves when what that client announces of the mailbox is where others look. */
  announced(mailbox: string, by: DirectDelivery): Promise<void>;
  close(): void;
}

const bytesOf = (fill: number) => new Uint8Array(64).fill(fill);
const newMailbox = async (): Promise<SigningKey> => signingKeyFromJwk(await generatePrivateJwk());
const proof: DirectProof = {
  crate: encodeBase64url(new Uint8Array(32).fill(1)),
  way: 'ack',
  proof: encodeBase64url(new Uint8Array(32).fill(2)),
};

export function describeDirectDelivery(name: string, fill: (count: number) => Promise<Waters>): void {
  /** Alice writes, Bob collects. */
  const withWaters =
    (test: (alice: DirectDelivery, bob: DirectDelivery, waters: Waters) => Promise<void>) => async () => {
      const waters = await fill(5);
      try {
        await test(waters.ends[0]!, waters.ends[1]!, waters);
      } finally {
        waters.close();
      }
    };

  describe(name, () => {
    it(
      'brings an envelope to who announces its mailbox, and the proof back to who sent it',
      withWaters(async (alice, bob, waters) => {
        const mailbox = await newMailbox();
        const taken: Uint8Array[] = [];
        bob.onCrate(async (envelope, from) => {
          taken.push(envelope);
          await from.answer(proof);
          return 'taken';
        });
        const heard = new Promise<DirectProof>((resolve) => void alice.onProof(resolve));
        bob.announce([mailbox]);
        await waters.announced(mailbox.publicKey, bob);
        expect(await alice.send(mailbox.publicKey, bytesOf(7))).toBe('taken');
        expect(taken[0]).toEqual(bytesOf(7));
        expect(await heard).toEqual(proof);
      }),
    );

    it(
      'knows nobody who collects a mailbox that nobody, or only oneself, announces',
      withWaters(async (alice, _bob, waters) => {
        const [own, foreign] = [await newMailbox(), await newMailbox()];
        alice.onCrate(async () => 'taken');
        alice.announce([own]);
        await waters.announced(own.publicKey, alice);
        for (const { publicKey } of [own, foreign]) {
          expect(await alice.send(publicKey, bytesOf(1))).toBe('unknown');
        }
      }),
    );

    it.each(['unwanted', 'busy', 'nobody', 'throws'] as const)(
      'is refused where the crate is not taken (%s)',
      (why) =>
        withWaters(async (alice, bob, waters) => {
          const mailbox = await newMailbox();
          const stop = bob.onCrate(async (): Promise<Taking> => {
            if (why === 'nobody' || why === 'throws') throw new Error('not now');
            return why;
          });
          if (why === 'nobody') stop();
          bob.announce([mailbox]);
          await waters.announced(mailbox.publicKey, bob);
          expect(await alice.send(mailbox.publicKey, bytesOf(1))).toBe('refused');
        })(),
    );

    it(
      'brings it to everybody who announces the mailbox, and is taken when one takes it',
      withWaters(async (alice, bob, waters) => {
        const mailbox = await newMailbox();
        const carol = waters.ends[2]!;
        const takers: string[] = [];
        bob.onCrate(async () => (takers.push('bob'), 'busy'));
        carol.onCrate(async () => (takers.push('carol'), 'taken'));
        for (const end of [bob, carol]) {
          end.announce([mailbox]);
          await waters.announced(mailbox.publicKey, end);
        }
        expect(await alice.send(mailbox.publicKey, bytesOf(1))).toBe('taken');
        expect(takers.sort()).toEqual(['bob', 'carol']);
      }),
    );

    it(
      'says that nobody is reached while that is so, and tells those who listen when it is over',
      withWaters(async (alice, bob, waters) => {
        const mailbox = await newMailbox();
        bob.onCrate(async () => 'taken');
        bob.announce([mailbox]);
        await waters.announced(mailbox.publicKey, bob);
        let told = 0;
        const stop = alice.onAvailable(() => void told++);
        expect(alice.available).toBe(true);
        waters.open(false);
        expect(alice.available).toBe(false);
        expect(await alice.send(mailbox.publicKey, bytesOf(1))).toBe('unreachable');
        expect(told).toBe(0);
        waters.open(true);
        expect([alice.available, told]).toEqual([true, 1]);
        expect(await alice.send(mailbox.publicKey, bytesOf(2))).toBe('taken');
        stop();
        waters.open(false);
        waters.open(true);
        expect(told).toBe(1);
      }),
    );
  });
}
