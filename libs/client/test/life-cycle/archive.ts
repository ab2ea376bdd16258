/**
 * What one archive makes of an event about the crate, by the rules: what it would commit, and what it would send to the
 * other archive after that. Beside the rules stands here only what their decisions leave to whoever follows them.
 */
import type { CrateAge, CrateState, Way } from '@holdfast/protocol';
import { emptySite, type MessageKind, type Site } from './crate-world.js';
import type { Rules } from './rules.js';

/** By an archive's clock and lists. */
export interface Circumstances {
  readonly age: CrateAge;
  /** For one more offer. */
  readonly hasRoom: boolean;
}

export type Event =
  /** The sender names the other archive: one that this one shall bring it to, or one that has it from the sender. */
  | { readonly kind: 'deposit'; readonly by: 'archive' | 'sender, to bring' | 'sender, to tell' }
  | { readonly kind: 'proof'; readonly by: 'client' | 'archive'; readonly way: Way }
  | { readonly kind: 'made-up proof'; readonly by: 'client' | 'stranger' }
  | { readonly kind: 'offer'; readonly by: 'archive' | 'stranger' }
  | { readonly kind: 'answer'; readonly answer: OfferAnswer }
  | { readonly kind: 'told' | 'not known' }
  | { readonly kind: 'time' };

type Depositor = (Event & { readonly kind: 'deposit' })['by'];
type OfferAnswer = 'wanted' | 'accepted' | 'expired' | 'delivered' | 'discarded' | 'recalled';

export interface Outcome {
  readonly site: Site;
  /** To the other archive, in answer or to go on. */
  readonly sends: readonly MessageKind[];
}

const wayTo: Partial<Record<CrateState, Way>> = {
  delivered: 'ack',
  discarded: 'discard',
  recalled: 'recall',
};

export function eventOf(message: MessageKind): Event {
  switch (message) {
    case 'offer':
      return { kind: 'offer', by: 'archive' };
    case 'body':
      return { kind: 'deposit', by: 'archive' };
    case 'tell ack':
      return { kind: 'proof', by: 'archive', way: 'ack' };
    case 'tell discard':
      return { kind: 'proof', by: 'archive', way: 'discard' };
    case 'tell recall':
      return { kind: 'proof', by: 'archive', way: 'recall' };
    case 'told':
    case 'not known':
      return { kind: message };
    default:
      return { kind: 'answer', answer: message };
  }
}

/** What the archive still has to send about the crate. */
export function errandOf({ state, task }: Site, age: CrateAge): MessageKind | undefined {
  if (task === 'bring' && state === 'accepted' && age === 'current') return 'offer';
  const way = wayTo[state];
  return task === 'tell' && way !== undefined ? `tell ${way}` : undefined;
}

export function decide(site: Site, event: Event, here: Circumstances, rules: Rules): Outcome {
  switch (event.kind) {
    case 'deposit':
      return afterDeposit(site, event.by, here.age, rules);
    case 'proof': {
      const { answer, becomes } = departure(site, event.way, event.by === 'archive' && site.offered, rules);
      const reply = answer === 'crate-not-found' ? 'not known' : 'told';
      const sends: MessageKind[] = event.by === 'archive' ? [reply] : [];
      if (becomes !== undefined) return { site: gone(site, becomes, event.by === 'client'), sends };
      return { site: answer === 'noted' ? { ...site, noted: event.way, shut: true } : site, sends };
    }
    case 'made-up proof': {
      const offered = event.by === 'stranger' && site.stranger !== 'silent';
      const decision = rules.decideDeparture(site.state, 'ack', false, offered);
      if ('becomes' in decision) return { site: gone(site, decision.becomes, true), sends: [] };
      if (decision.answer !== 'noted') return { site, sends: [] };
      return { site: offered ? { ...site, stranger: 'noted' } : { ...site, noted: 'ack' }, sends: [] };
    }
    case 'offer': {
      const { answer } = rules.decideOffer(site.state, here.age, here.hasRoom);
      if (event.by === 'stranger') {
        const isKept = answer === 'wanted' && site.stranger === 'silent';
        return { site: isKept ? { ...site, stranger: 'offered' } : site, sends: [] };
      }
      const sends = answer === 'refused' ? [] : [answer];
      if (answer === 'wanted') return { site: { ...site, offered: true }, sends };
      const isNew = answer === 'accepted' && site.task === 'unrelated';
      return { site: isNew ? { ...site, task: 'none' } : site, sends };
    }
    case 'answer':
      return afterAnswer(site, event.answer, rules);
    case 'told':
      return { site: toldTo(site), sends: [] };
    case 'not known':
      if (rules.decideTold('unknown') !== 'offer') return { site: toldTo(site), sends: [] };
      return { site, sends: site.task === 'tell' ? ['offer'] : [] };
    case 'time':
      return { site: aged(site, here.age, rules), sends: [] };
  }
}

function afterDeposit(site: Site, by: Depositor, age: CrateAge, rules: Rules): Outcome {
  const believed = rules.checksNotedProofs || site.stranger !== 'noted' ? site.noted : 'ack';
  const decision = rules.decideDeposit(site.state, age, believed);
  const answer =
    decision.answer === 'crate-gone'
      ? []
      : [decision.answer === 'accepted' ? ('accepted' as const) : ('expired' as const)];
  const sends = by === 'archive' ? answer : [];
  const known: Site = { ...site, offered: false, noted: undefined, stranger: 'silent' };
  if (decision.answer === 'crate-gone' && decision.becomes !== undefined) {
    // The archive that had told it needs not be told.
    return { site: gone({ ...known, task: 'none' }, decision.becomes, site.noted === undefined), sends };
  }
  if (decision.answer !== 'accepted') return { site, sends };
  const idle = site.task === 'unrelated' ? 'none' : site.task;
  const task = by === 'sender, to bring' && !site.custody ? 'bring' : idle;
  return { site: { ...known, state: decision.becomes ?? site.state, task, promised: true }, sends };
}

function afterAnswer(site: Site, answer: OfferAnswer, rules: Rules): Outcome {
  const step = rules.decideOffered(site.state, answer, true);
  const idle: Site = site.task === 'bring' ? { ...site, task: 'none' } : site;
  switch (step) {
    case 'bring':
      return { site, sends: ['body'] };
    case 'held':
      return { site: { ...idle, custody: true }, sends: [] };
    case 'let-go': {
      const { becomes } = departure(site, wayTo[answer as CrateState]!, false, rules);
      return { site: becomes === undefined ? site : gone(site, becomes, false), sends: [] };
    }
    case 'tell': {
      const way = wayTo[site.state];
      return { site, sends: site.task === 'tell' && way !== undefined ? [`tell ${way}`] : [] };
    }
    case 'stop':
      return { site: site.state === 'accepted' ? idle : toldTo(site), sends: [] };
    case 'later':
      return { site, sends: [] };
  }
}

/** There is nothing more to be told. */
const toldTo = (site: Site): Site => (site.task === 'tell' ? { ...site, task: 'none' } : site);

/** A true proof is shown. */
function departure(site: Site, way: Way, offered: boolean, rules: Rules) {
  const decision = rules.decideDeparture(site.state, way, true, offered);
  return { answer: decision.answer, becomes: 'becomes' in decision ? decision.becomes : undefined };
}

const gone = (site: Site, state: Site['state'], tells: boolean): Site => ({
  ...site,
  state,
  task: site.task === 'unrelated' ? site.task : tells ? 'tell' : 'none',
  promised: false,
  shut: true,
});

function aged(site: Site, age: CrateAge, rules: Rules): Site {
  switch (rules.decideAgeing(site.state, age)) {
    case 'expires':
      return gone({ ...site, task: 'none' }, 'expired', false);
    case 'forgotten':
      return { ...emptySite, shut: site.shut, promised: site.promised };
    case undefined:
      return site;
  }
}
