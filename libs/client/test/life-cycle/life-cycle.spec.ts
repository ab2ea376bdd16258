/**
 * The life of a crate, explored: every order in which deposits, offers, copies, proofs, crashes, clocks and lost, late
 * or repeated messages can come together in a small world, by the rules that archives and senders follow. And the same
 * with each rule broken, to show that the exploration sees it.
 */
import { describe, expect, it } from '@jest/globals';
import { decideDeparture, decideDeposit, decideOffer, decideOffered } from '@holdfast/protocol';
import { explore, type Exploration } from './exploration.js';
import type { Cast } from './moves.js';
import { decideAgeing, shippedRules, standingFor, type Rules } from './rules.js';

/** Ends what hangs; how fast a busy machine is, is no verdict. */
const timeoutMs = 600_000;

const everybody: Cast = {
  recipient: 'acks',
  askingSender: true,
  stranger: true,
  network: 'each-direction',
  commits: 'later',
};
const archivesOnly: Cast = { ...everybody, askingSender: false, stranger: false, commits: 'at-once' };

const world = (cast: Cast, more: Partial<Exploration> = {}): Exploration => ({
  rules: shippedRules,
  cast,
  crates: 1,
  time: false,
  destruction: false,
  offersMax: 1,
  ...more,
});

describe('in a small world of two archives, whatever happens in whatever order,', () => {
  it.each<[what: string, exploration: Exploration, statesMin: number]>([
    [
      'crashes between decision and commit, and a disk destroyed',
      world(everybody, { destruction: true }),
      50_000,
    ],
    ['a recipient that discards', world({ ...everybody, recipient: 'discards' }), 30_000],
    ['a network that forgets no message', world({ ...archivesOnly, network: 'everything' }), 30_000],
    [
      'clocks that run and are set back, and a disk destroyed',
      world({ ...archivesOnly, stranger: true }, { time: true, destruction: true }),
      100_000,
    ],
    [
      'two crates that share room, links and crashes',
      world({ ...archivesOnly, network: 'last' }, { crates: 2 }),
      900_000,
    ],
  ])(
    'crates keep their promises: %s',
    (what, exploration, statesMin) => {
      const { states, flaw, trace } = explore(exploration);
      process.stderr.write(`${what}: ${states} states\n`);
      expect({ flaw, trace }).toEqual({});
      // Not fewer: a world in which little can happen would show little.
      expect(states).toBeGreaterThan(statesMin);
    },
    timeoutMs,
  );
});

describe('the exploration finds', () => {
  const aged: Partial<Exploration> = { time: true };
  const pair: Partial<Exploration> = { crates: 2 };

  it.each<
    [flaw: string, when: string, rules: Partial<Rules>, cast: Partial<Cast>, more?: Partial<Exploration>]
  >([
    [
      'a crate that had left waits again',
      'proofs that come before their crate are not kept',
      { decideDeposit: (here, age) => decideDeposit(here, age, undefined) },
      {},
    ],
    [
      'an errand never ends',
      'a proof is not noted for a crate that was offered',
      { decideDeparture: (here, way, fits) => decideDeparture(here, way, fits, false) },
      { network: 'everything' },
    ],
    [
      'a crate that had left waits again',
      'a tombstone is forgotten at the expiry, and a clock is set back',
      {
        decideAgeing: (here, age) =>
          decideAgeing(here, age === 'expired' && here !== 'accepted' ? 'forgettable' : age),
      },
      {},
      aged,
    ],
    [
      'a crate that had left waits again',
      'tombstones are not looked at',
      {
        decideDeposit: (here, age, fitting) =>
          decideDeposit(here === 'accepted' ? here : 'unknown', age, fitting),
      },
      {},
    ],
    [
      'a crate that had left waits again',
      'what is expired is taken in once its tombstone is forgotten',
      { decideDeposit: (here, _, fitting) => decideDeposit(here, 'current', fitting) },
      {},
      aged,
    ],
    [
      'a crate left on a proof that nobody had',
      'proofs are not checked',
      { decideDeparture: (here, way, _, offered) => decideDeparture(here, way, true, offered) },
      {},
    ],
    [
      'a crate left on a proof that nobody had',
      'a noted proof is believed without the envelope',
      { checksNotedProofs: false },
      { stranger: true },
    ],
    [
      'a proof is kept for a crate that nobody offered',
      'anybody may have a proof noted',
      { decideDeparture: (here, way, fits) => decideDeparture(here, way, fits, true) },
      {},
    ],
    [
      'more offers are kept than there is room for',
      'offers are kept without a bound',
      { decideOffer: (here, age) => decideOffer(here, age, true) },
      { network: 'last' },
      pair,
    ],
    [
      'a crate that had left waits again',
      'an offer is dropped for the next one',
      { dropsOffers: true },
      { network: 'last' },
      pair,
    ],
    [
      'a crate waits that has left elsewhere',
      'a holder that does not know it yet is told, and not offered it',
      { decideTold: () => 'done' },
      {},
    ],
    [
      'a crate waits that has left elsewhere',
      'what is over by a clock that is set back is not told again',
      {
        decideOffered: (here, answer, fits) =>
          answer === 'expired' ? 'stop' : decideOffered(here, answer, fits),
      },
      {},
      aged,
    ],
    [
      'a crate that had left waits again',
      'a decision is committed over what others have committed since it was made',
      { commit: 'unlocked' },
      { commits: 'later' },
    ],
    [
      'an accepted crate is lost',
      'the answer comes before the commit',
      { commit: 'answered-early' },
      { commits: 'later' },
    ],
    [
      'an accepted crate is lost',
      'what waits is forgotten before its expiry',
      {
        decideAgeing: (here, age) =>
          decideAgeing(here, age) ?? (here === 'accepted' ? 'forgotten' : undefined),
      },
      {},
      aged,
    ],
    [
      'an errand never ends',
      'what has left elsewhere is offered again and again',
      {
        decideOffered: (here, answer, fits) =>
          answer === 'delivered' ? 'later' : decideOffered(here, answer, fits),
        decideTold: () => 'done',
      },
      {},
    ],
    [
      "the sender's status goes back",
      'the sender believes the latest news',
      { hear: (_, state) => standingFor(state) },
      { askingSender: true },
    ],
    [
      'a crate is called durable that two archives have not held at once',
      'one receipt is enough for the sender',
      { hear: (known, state) => shippedRules.hear(known, state, true) },
      { askingSender: true },
    ],
  ])(
    '%s, when %s',
    (flaw, _, rules, cast, more = {}) => {
      const found = explore(
        world({ ...archivesOnly, ...cast }, { ...more, rules: { ...shippedRules, ...rules } }),
      );
      expect(found).toMatchObject({ flaw });
      expect(found.trace!.length).toBeGreaterThan(0);
    },
    timeoutMs,
  );
});
