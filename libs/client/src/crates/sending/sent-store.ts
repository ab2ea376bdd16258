/**
 * What the storage keeps of sent messages: `sent/<message>` which crates it has, `draft/<message>` its text until
 * everybody has it or it is forgotten, `crate/<crate>` how far each crate has come, and while it is on its way
 * `envelope/<crate>` and `outstanding/<crate>`. What is known of a crate is joined with what is stored under the
 * storage's own protection, so several processes can learn of it side by side.
 */
import { HoldfastError } from '@holdfast/protocol';
import { put, remove, type Storage, type StorageChange } from '../../storage/storage.js';
import type { MessageDraft } from '../status/message-status.js';
import { cratePrefix, outstandingPrefix, sentPrefix } from './outstanding.js';
import { atStart, isSettled, join, sameStanding, type Standing } from '../status/status-lattice.js';

/** What does not change about a sent crate. Byte strings are base64url. */
export interface SentCrate {
  readonly crate: string;
  readonly message: string;
  /** The identity that it is for. */
  readonly to: string;
  readonly mailbox: string;
  /** NumericDate, seconds. */
  readonly sealedAt: number;
  /** NumericDate, seconds; a whole hour. */
  readonly expiresAt: number;
  readonly sizeBytes: number;
  readonly nonce: string;
  readonly ackHash: string;
  readonly recallHash: string;
  readonly recallSecret: string;
  /** The archives at which the mailbox is collected, as its card says, and their ids where it names them. */
  readonly collectedAt: readonly string[];
  readonly cardIds: readonly (string | null)[];
  /** How many archives must have promised to hold it before it is durable. */
  readonly copies: number;
  /** It ended without delivery, and another crate has taken its place. */
  readonly resent?: true;
}

/** An archive's promise to hold a crate, verified. */
export interface KeptCustody {
  /** Where the archive is known to be. */
  readonly url: string;
  /** NumericDate of the archive, seconds. */
  readonly iat: number;
  readonly jws: string;
}

export interface StoredMessage {
  readonly id: string;
  readonly sentAt: number;
  readonly crates: readonly SentCrate[];
  /** What clients tell each other: no message of the user's. */
  readonly isQuiet?: true;
}

/** What is known of a crate. Grows only. */
export interface CrateKnowledge extends Standing {
  /**
   * Every archive that it was sent to, by URL: the archive's id once it has accepted the crate, and until then `''`,
   * for nobody can say whether it holds it.
   */
  readonly places?: Readonly<Record<string, string>>;
  /** Who has promised to hold it, by the archive's id. */
  readonly custody?: Readonly<Record<string, KeptCustody>>;
  /** Which archives were asked to bring it to which others (`askedName`). */
  readonly asked?: readonly string[];
  /** The sender wants it back. */
  readonly recall?: true;
  /** Its recipient's client has answered this one, without an archive between them. */
  readonly direct?: true;
}

/** What a message can be sealed from again. */
export type KeptDraft = Pick<MessageDraft, 'text' | 'expiryHours' | 'copies'> & {
  /** Everybody that it is for. */
  readonly recipients: readonly string[];
};

const envelopePrefix = 'envelope/';
const draftPrefix = 'draft/';

export class SentStore {
  constructor(private readonly storage: Storage) {}

  async keep(
    message: StoredMessage,
    envelopes: ReadonlyMap<string, string>,
    draft?: KeptDraft,
  ): Promise<void> {
    await this.storage.write([
      put(sentPrefix + message.id, JSON.stringify(message)),
      ...(draft === undefined ? [] : [put(draftPrefix + message.id, JSON.stringify(keptDraft(draft)))]),
      ...message.crates.flatMap((sent) => kept(sent, envelopes)),
    ]);
  }

  /**
   * Puts new crates of a message beside those that ended without delivery. Answers the message as it is then: without
   * the new ones when somebody else has sent it again meanwhile.
   */
  async replace(
    id: string,
    ended: ReadonlySet<string>,
    crates: readonly SentCrate[],
    envelopes: ReadonlyMap<string, string>,
  ): Promise<StoredMessage> {
    let message: StoredMessage | undefined;
    await this.storage.update([sentPrefix + id], ([text]) => {
      const before = readMessage(text);
      const isTaken = before.crates.some(({ crate, resent }) => ended.has(crate) && resent === true);
      message = isTaken
        ? before
        : { ...before, crates: [...before.crates.map((sent) => marked(sent, ended)), ...crates] };
      if (isTaken) return [];
      return [
        put(sentPrefix + id, JSON.stringify(message)),
        ...crates.flatMap((sent) => kept(sent, envelopes)),
      ];
    });
    return message!;
  }

  /** Undefined once everybody has the message. */
  async draft(id: string): Promise<KeptDraft | undefined> {
    const text = await this.storage.get(draftPrefix + id);
    return text === undefined ? undefined : (JSON.parse(text) as KeptDraft);
  }

  /** Everybody has it: it will not be sent again. */
  async letDraftGo(id: string): Promise<void> {
    await this.storage.write([remove(draftPrefix + id)]);
  }

  /** Rejects with `message-unknown`. */
  async message(id: string): Promise<StoredMessage> {
    return readMessage(await this.storage.get(sentPrefix + id));
  }

  /** The messages of which crates are still on their way. */
  async outstanding(): Promise<StoredMessage[]> {
    const ids = new Set((await this.storage.list(outstandingPrefix)).map(({ value }) => value));
    return Promise.all([...ids].map((id) => this.message(id)));
  }

  async envelope(crate: string): Promise<string | undefined> {
    return this.storage.get(envelopePrefix + crate);
  }

  async knowledge(crate: string): Promise<CrateKnowledge> {
    return readKnowledge(await this.storage.get(cratePrefix + crate));
  }

  /**
   * Adds news to what is known, and answers what is known then. A settled crate's envelope is let go.
   * @param isDurable whether what is known then makes it durable: written down with it, and never taken back
   */
  async learn(
    crate: string,
    news: Partial<CrateKnowledge>,
    isDurable: (known: CrateKnowledge) => boolean = () => false,
  ): Promise<CrateKnowledge> {
    let known: CrateKnowledge = atStart;
    await this.storage.update([cratePrefix + crate], ([text]) => {
      const before = readKnowledge(text);
      known = combine(before, news);
      if (isDurable(known)) known = combine(known, { progress: 'durable' });
      // Without an entry the message has been forgotten meanwhile, and stays so.
      if (text === undefined || same(before, known)) return [];
      const settled = isSettled(known)
        ? [remove(envelopePrefix + crate), remove(outstandingPrefix + crate)]
        : [];
      return [put(cratePrefix + crate, JSON.stringify(known)), ...settled];
    });
    return known;
  }

  /** Forgets messages whose crates have all expired before the time. */
  async forgetBefore(time: number): Promise<void> {
    for (const { value } of await this.storage.list(sentPrefix)) {
      const { id, crates } = JSON.parse(value) as StoredMessage;
      if (crates.some(({ expiresAt }) => expiresAt >= time)) continue;
      const keys = crates.flatMap(({ crate }) => [
        cratePrefix + crate,
        envelopePrefix + crate,
        outstandingPrefix + crate,
      ]);
      const forgotten = [sentPrefix + id, draftPrefix + id, ...keys].map(remove);
      // Unless another program has sent it again meanwhile.
      await this.storage.update([sentPrefix + id], ([present]) => (present === value ? forgotten : []));
    }
  }
}

/** Both together: whatever order it is learnt in, and however often. */
export function combine(before: CrateKnowledge, news: Partial<CrateKnowledge>): CrateKnowledge {
  const places = { ...before.places };
  for (const [url, archive] of Object.entries(news.places ?? {}))
    places[url] = archive || (places[url] ?? '');
  const custody = { ...before.custody };
  for (const [archive, receipt] of Object.entries(news.custody ?? {}))
    custody[archive] = earlier(custody[archive] ?? receipt, receipt);
  const asked = [...new Set([...(before.asked ?? []), ...(news.asked ?? [])])].sort();
  const recall = news.recall ?? before.recall;
  const direct = news.direct ?? before.direct;
  return {
    ...join(before, { ...atStart, ...news }),
    ...(Object.keys(places).length === 0 ? {} : { places }),
    ...(Object.keys(custody).length === 0 ? {} : { custody }),
    ...(asked.length === 0 ? {} : { asked }),
    ...(recall === undefined ? {} : { recall }),
    ...(direct === undefined ? {} : { direct }),
  };
}

/** An archive's first promise is the one that is kept. */
function earlier(a: KeptCustody, b: KeptCustody): KeptCustody {
  if (a.iat !== b.iat) return a.iat < b.iat ? a : b;
  return `${a.jws} ${a.url}` <= `${b.jws} ${b.url}` ? a : b;
}

const same = (before: CrateKnowledge, after: CrateKnowledge): boolean =>
  sameStanding(before, after) &&
  before.recall === after.recall &&
  before.direct === after.direct &&
  before.asked?.length === after.asked?.length &&
  Object.entries(after.custody ?? {}).every(([id, receipt]) => before.custody?.[id] === receipt) &&
  Object.entries(after.places ?? {}).every(([url, archive]) => before.places?.[url] === archive);

const kept = (sent: SentCrate, envelopes: ReadonlyMap<string, string>): StorageChange[] => [
  put(cratePrefix + sent.crate, JSON.stringify(atStart)),
  put(envelopePrefix + sent.crate, envelopes.get(sent.crate)!),
  put(outstandingPrefix + sent.crate, sent.message),
];

const marked = (sent: SentCrate, ended: ReadonlySet<string>): SentCrate =>
  ended.has(sent.crate) ? { ...sent, resent: true } : sent;

function readMessage(text: string | undefined): StoredMessage {
  if (text === undefined) throw new HoldfastError('message-unknown', 'No such message was sent from here.');
  return JSON.parse(text) as StoredMessage;
}

const readKnowledge = (text: string | undefined): CrateKnowledge =>
  text === undefined ? atStart : (JSON.parse(text) as CrateKnowledge);

/** Names every member: nothing else that a caller's object may have is kept. */
const keptDraft = ({ text, expiryHours, copies, recipients }: KeptDraft): KeptDraft => ({
  text,
  recipients,
  ...(expiryHours === undefined ? {} : { expiryHours }),
  ...(copies === undefined ? {} : { copies }),
});
