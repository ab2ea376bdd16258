/**
 * What the recipients of one message, and the devices of one identity, do for each other (spec/conversations.md,
 * "Fellows"): who comes back after long asks the others what they have since, and whoever has a message whose crates have
 * expired tells those who have not shown that they got it. An answer brings what the other lacks and is a recipient of,
 * nothing else. All of it is work beside the inbox, one thing after the other.
 */
import { HoldfastError, limits as wire } from '@holdfast/protocol';
import type { HaveNotice } from '@holdfast/protocol/sealing';
import { secondsOf, type Clock } from '../../clock.js';
import { problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import type { Problem } from '../../problem.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import type { Storage, StorageChange } from '../../storage/storage.js';
import { FellowBook } from './fellow-book.js';
import type { FellowPost } from './fellow-post.js';
import { isFirstTeller, tellAfterMs } from './fellow-rank.js';
import type { HandledStore } from '../receiving/handled-store.js';
import { KeptMessages, type KeptMessage } from './kept-messages.js';
import type { Mailbox } from '../mailboxes/mailbox.js';
import type { Opened } from '../receiving/opening.js';

export interface FellowParts {
  readonly author: string;
  readonly storage: Storage;
  readonly handled: HandledStore;
  readonly post: FellowPost;
  readonly device: Mailbox;
  readonly clock: Clock;
  readonly catchUpAfterSeconds: number;
  readonly report: (problem: Problem) => void;
}

/** What is to be written together with a message's handling, and what to call then. */
export interface Keeping {
  readonly changes: readonly StorageChange[];
  readonly kept: () => void;
}

const notKept: Keeping = { changes: [], kept: () => undefined };

export class Fellows {
  readonly #messages: KeptMessages;
  readonly #book: FellowBook;
  readonly #ending = new Stopper();
  #work: Promise<void> = Promise.resolve();
  #marks: Promise<Set<string>> | undefined;
  #lookAt = 0;
  /** Since when it may have missed something that fellows have, when it was away for long. */
  #askSince: number | undefined;

  constructor(
    private readonly parts: FellowParts,
    ending: StopSignal,
  ) {
    this.#messages = new KeptMessages(parts.author, parts.storage);
    this.#book = new FellowBook(parts.author, parts.storage, parts.post, parts.clock);
    ending.addEventListener('abort', this.#ending.abort);
    if (ending.aborted) this.#ending.abort();
  }

  /** Takes up what is kept; whoever was away for long asks the others. */
  async begin(): Promise<void> {
    await Promise.all([this.#messages.load(), this.#book.load()]);
    const { collectedAt } = this.#book;
    const now = secondsOf(this.parts.clock);
    if (collectedAt === undefined || now < collectedAt + this.parts.catchUpAfterSeconds) return;
    this.#askSince = Math.max(0, collectedAt - limits.catchUpOverlapSeconds);
  }

  /** Everything that waits in the archives has been taken in: now others are told what they seem to lack. */
  collected(): void {
    const now = this.parts.clock.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + limits.inboxChoresMs;
    const since = this.#askSince;
    this.#askSince = undefined;
    if (since !== undefined) this.#do(() => this.#ask(since));
    this.#do(() => this.#book.collected());
    this.#do(() => this.parts.post.renewReplies(this.#ending, this.#failed));
    this.#do(() => this.#tellOfDue());
  }

  async keeping({ sender, content, jws, expiresAt, isBrought }: Opened): Promise<Keeping> {
    const { author, clock } = this.parts;
    const { id, iat, recipients = [author] } = content;
    const others = recipients.filter((one) => one !== author);
    const mark = await markOf(sender, id);
    void this.#marks?.then((marks) => marks.add(mark));
    if (others.length === 0 && !(await this.#book.hasOtherDevices(this.#ending))) return notKept;
    if (this.#messages.has(mark)) return notKept;
    const after = await tellAfterMs(id, author, recipients, clock.random());
    const isToldOf = others.length > 0 && !isBrought;
    const message: KeptMessage = {
      mark,
      sender,
      id,
      iat,
      recipients,
      keptAt: secondsOf(clock),
      length: jws.length,
      has: [],
      ...(isToldOf ? { tellAt: expiresAt + Math.ceil(after / 1000) } : {}),
    };
    return {
      changes: [...this.#messages.changesFor(message, jws), ...this.#book.changesFor(others)],
      kept: () => this.#messages.add(message),
    };
  }

  /**
   * Somebody has told what they have.
   * @param tells whether they may learn that it was read
   */
  noticed(sender: string, have: HaveNotice, tells: boolean): void {
    this.#do(() => this.#answer(sender, have, tells));
  }

  async forgetOld(): Promise<void> {
    await this.#messages.forgetOld(secondsOf(this.parts.clock));
    await this.#book.forgetOld();
  }

  /** Resolves when everything that was begun has been done. */
  async settled(): Promise<void> {
    for (let work; work !== this.#work;) {
      work = this.#work;
      await work;
    }
  }

  async #ask(since: number): Promise<void> {
    const { author } = this.parts;
    for (const fellow of [author, ...this.#book.latest()])
      await this.#tell(fellow, since).catch(this.#failed);
  }

  /** All devices of an identity, without this one. */
  async #tell(fellow: string, since: number): Promise<void> {
    const devices = await this.parts.post.devicesOf(fellow, this.#ending);
    const have = await this.#have(fellow, since);
    if (devices.length > 0) await this.parts.post.tell(fellow, devices, { notice: { have } });
  }

  async #answer(sender: string, have: HaveNotice, tells: boolean): Promise<void> {
    const { author, post, device } = this.parts;
    const isOwn = sender === author;
    if (isOwn && have.mailbox === (await device.own()).mailbox) return;
    const theirs = new Set(have.marks);
    const shared = this.#sharedWith(sender);
    await this.#messages.change(
      shared
        .filter(({ mark, has }) => !isOwn && theirs.has(mark) && !has.includes(sender))
        .map((message) => ({ ...message, has: [...message.has, sender] })),
    );
    if (!isOwn && shared.length === 0 && !tells) return;
    const since = secondsOf(this.parts.clock) - limits.broughtAgainAfterSeconds;
    const lacking = this.#sharedWith(sender).filter(
      (one) =>
        one.iat >= have.since &&
        one.sender !== sender &&
        !theirs.has(one.mark) &&
        (one.broughtAt?.[have.mailbox] ?? 0) <= since,
    );
    const isAsked = have.answer !== true && (await this.#lacks(have.marks));
    if (lacking.length === 0 && !isAsked) return;
    const to = await post.publicDevice(sender, have.mailbox, this.#ending);
    if (to === undefined || !(await this.#book.mayAnswer(have.mailbox, isOwn || shared.length > 0))) return;
    if (isAsked) {
      const answer = { ...(await this.#have(sender, have.since)), answer: true };
      await post.tell(sender, [to], { notice: { have: answer } });
    }
    const now = secondsOf(this.parts.clock);
    for (const message of boundedBrought(lacking)) {
      const { mark, broughtAt } = message;
      const jws = await this.#messages.jws(mark);
      if (jws === undefined) continue;
      await post.bring(sender, to, jws);
      await this.#messages.change([{ ...message, broughtAt: { ...broughtAt, [have.mailbox]: now } }]);
    }
  }

  /** Tells of messages whose crates have expired. */
  async #tellOfDue(): Promise<void> {
    const { author, clock } = this.parts;
    const now = secondsOf(clock);
    const due = this.#messages.all().filter(({ tellAt }) => tellAt !== undefined && tellAt <= now);
    if (due.length === 0) return;
    const sinceFor = new Map<string, number>();
    for (const { id, sender, iat, recipients, has, untold = recipients } of due) {
      if (
        !(await isFirstTeller(
          id,
          author,
          has.filter((one) => recipients.includes(one)),
        ))
      )
        continue;
      for (const one of untold) {
        if (one === author || one === sender || has.includes(one)) continue;
        sinceFor.set(one, Math.min(iat, sinceFor.get(one) ?? iat));
      }
    }
    const unreached = new Set<string>();
    for (const [fellow, since] of sinceFor) {
      await this.#tell(fellow, since).catch((error: unknown) => {
        // Whoever has no mailbox is told of nothing, and nobody else is told again because of them.
        if (!isUnreachable(error)) unreached.add(fellow);
        this.#failed(error);
      });
    }
    const again = now + limits.fellowRetrySeconds;
    const told = due.map((message) => {
      const untold = message.recipients.filter((one) => unreached.has(one));
      return { ...message, untold, tellAt: untold.length > 0 ? again : undefined };
    });
    await this.#messages.change(told);
  }

  /** What is told to a fellow: only what is for them, too. */
  async #have(fellow: string, since: number): Promise<HaveNotice> {
    const { mailbox } = await this.parts.device.own();
    const newest = this.#sharedWith(fellow)
      .filter(({ iat }) => iat >= since)
      .slice(-wire.marksMax);
    // With more than there is room for, it speaks of a shorter time.
    const isCut = newest.length === wire.marksMax;
    return { mailbox, since: isCut ? newest[0]!.iat : since, marks: newest.map(({ mark }) => mark) };
  }

  #sharedWith(fellow: string): readonly KeptMessage[] {
    const all = this.#messages.all();
    return fellow === this.parts.author ? all : all.filter(({ recipients }) => recipients.includes(fellow));
  }

  /** Whether one of these messages has never been here, as far as that is remembered. */
  async #lacks(marks: readonly string[]): Promise<boolean> {
    this.#marks ??= this.#knownMarks();
    const known = await this.#marks;
    return marks.some((mark) => !known.has(mark));
  }

  async #knownMarks(): Promise<Set<string>> {
    const messages = await this.parts.handled.messages();
    return new Set(await Promise.all(messages.map(({ sender, id }) => markOf(sender, id))));
  }

  #do(work: () => Promise<void>): void {
    this.#work = this.#work.then(() => (this.#ending.aborted ? undefined : work())).catch(this.#failed);
  }

  readonly #failed = (error: unknown): void => {
    if (!this.#ending.aborted && !isUnreachable(error)) this.parts.report(problemOf(error));
  };
}

const isUnreachable = (error: unknown): boolean =>
  error instanceof HoldfastError && error.code === 'recipient-unreachable';

/** The oldest ones, as many as are brought at once. */
function boundedBrought(messages: readonly KeptMessage[]): readonly KeptMessage[] {
  let bytes = 0;
  return messages
    .slice(0, limits.broughtMessagesMax)
    .filter(({ length }) => (bytes += length) <= limits.broughtBytesMax);
}

async function markOf(sender: string, id: string): Promise<string> {
  const sealing = await import('@holdfast/protocol/sealing');
  return sealing.markOf(sender, id);
}
