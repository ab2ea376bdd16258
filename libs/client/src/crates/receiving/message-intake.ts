/** Takes one crate in: opens it, hands its message over unless it is known, and writes down that it is dealt with. */
import type { SigningKey } from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import { retrying } from '../../pacing.js';
import type { Problem } from '../../problem.js';
import type { StopSignal } from '../../stopper.js';
import type { StorageChange } from '../../storage/storage.js';
import type { ContactAddresses } from '../mailboxes/contact-addresses.js';
import type { Fellows } from '../fellows/fellows.js';
import type { Departure, HandledMessage, HandledStore } from './handled-store.js';
import type { InboxHandler, ReceivedMessage } from './inbox-contract.js';
import { bytesOf, isForDiscard, mailboxOf, open, type Opened } from './opening.js';
import type { OwnMailboxes } from '../mailboxes/own-mailboxes.js';

export interface IntakeParts {
  readonly author: string;
  readonly mailboxes: OwnMailboxes;
  readonly addresses: ContactAddresses;
  readonly fellows: Fellows;
  readonly handled: HandledStore;
  readonly clock: Clock;
  readonly report: (problem: Problem) => void;
  readonly ending: StopSignal;
  /** Whether this sender may learn that a message was opened. */
  readonly tells: (sender: string) => boolean;
}

/** How the crate is let go, and the key of its mailbox. */
export interface Taken {
  readonly departure: Departure;
  readonly signing: SigningKey;
}

export class MessageIntake {
  constructor(
    private readonly parts: IntakeParts,
    private readonly handler: InboxHandler,
  ) {}

  /** `failed` when the handler has failed; `left there` when the archive is to keep what cannot be read today. */
  async take(crate: string, envelope: string): Promise<Taken | 'failed' | 'left there'> {
    const { handled, mailboxes, author, report } = this.parts;
    const bytes = await bytesOf(envelope, crate);
    const mailbox = bytes.ok ? mailboxOf(bytes.value, mailboxes) : bytes;
    if (!mailbox.ok || !bytes.ok) {
      if (!mailbox.ok) report({ code: mailbox.code, detail: mailbox.detail, id: crate });
      return 'left there';
    }
    const { signing } = mailbox.value;
    const known = await handled.departureOf(crate);
    if (known !== undefined) return { departure: known, signing };
    const opened = await open(bytes.value, mailbox.value, author);
    if (!opened.ok) {
      report({ code: opened.code, detail: opened.detail, id: crate });
      if (!isForDiscard(opened.code)) return 'left there';
      await this.#record(crate, { by: 'discard' });
      return { departure: { by: 'discard' }, signing };
    }
    const departure = await this.#takeOpened(opened.value);
    return departure === undefined ? 'failed' : { departure, signing };
  }

  /** Undefined when the handler has failed. */
  async #takeOpened(opened: Opened): Promise<Departure | undefined> {
    const { fellows, addresses, mailboxes, tells } = this.parts;
    const { sender, content, ackSecret, crate, mailbox, key, isBrought } = opened;
    const { id, text, notice } = content;
    const departure: Departure = tells(sender) ? { by: 'receipt', secret: ackSecret } : { by: 'discard' };
    await addresses.learn(sender, content);
    // From anybody else it says that the contact has passed the address on: it is read, and is no sign of theirs.
    if (mailbox.contact === sender && !isBrought) await mailboxes.pairwise.heard(sender, key);
    if (text === undefined) {
      if (notice?.have !== undefined && !isBrought) {
        fellows.noticed(sender, notice.have, tells(sender));
      }
      await this.#record(crate, departure, { sender, id, mayComeLate: false });
      return departure;
    }
    if (!(await this.#isKnown(opened)) && !(await this.#handOver(opened, text))) return undefined;
    const { changes, kept } = await fellows.keeping(opened);
    await this.#record(crate, departure, { sender, id, mayComeLate: true }, changes);
    kept();
    return departure;
  }

  async #isKnown({ sender, content: { id, iat }, isBrought }: Opened): Promise<boolean> {
    if (await this.parts.handled.hasMessage(sender, id)) return true;
    // So old a message may have been here, and been forgotten: no honest fellow has it any more.
    return isBrought && iat + limits.broughtAgeSecondsMax < secondsOf(this.parts.clock);
  }

  async #handOver(opened: Opened, text: string): Promise<boolean> {
    const { author, ending, report } = this.parts;
    const { sender, content, crate, isBrought } = opened;
    const message: ReceivedMessage = {
      id: content.id,
      from: sender,
      text,
      sentAt: content.iat,
      crate,
      recipients: content.recipients ?? [author],
      ...(isBrought ? { broughtBy: true } : {}),
    };
    try {
      await this.handler(message);
      return true;
    } catch (error) {
      if (ending.aborted) return false;
      report({ code: 'internal-error', detail: `The handler failed: ${nameOf(error)}`, id: crate });
      return false;
    }
  }

  /** Writes down that the crate is dealt with; without that it is not acknowledged, so it is tried until it is written. */
  async #record(
    crate: string,
    departure: Departure,
    message?: HandledMessage,
    more: readonly StorageChange[] = [],
  ): Promise<void> {
    const { handled, clock, ending, report } = this.parts;
    const write = async (failures: number): Promise<void> => {
      try {
        await handled.handled(crate, departure, secondsOf(clock), message, more);
      } catch (error) {
        if (failures === 0 && !ending.aborted) report({ ...problemOf(error), id: crate });
        throw error;
      }
    };
    await retrying(write, {
      clock,
      signal: ending,
      backoff: { baseMs: limits.inboxBackoffBaseMs, maxMs: limits.inboxBackoffMaxMs },
      wake: () => () => undefined,
    });
  }
}

/** What may be said of an application's error: its message could hold content. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
