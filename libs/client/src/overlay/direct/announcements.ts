/**
 * Which mailboxes this client collects, told where those who know them look (spec/direct.md, "Announcements"): at once,
 * again before holders let go of it, and earlier when they may be others than before or when too few have taken it.
 * One mailbox after another, so that many do not take up the ways of this node's neighbours.
 */
import { dayOf, dhtSettings, mailboxPlace } from '@holdfast/dht';
import { mailboxDayKey, signAnnouncement, type SigningKey } from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { backoffMs } from '../../link/backoff.js';
import type { NodeShell } from '../node/node-shell.js';
import type { Stores } from '../node/stores.js';
import { announcementItem } from '../records/item-verification.js';
import { directLimits } from './direct-limits.js';

export interface AnnouncementParts {
  readonly clock: Clock;
  readonly stores: Stores;
  /** Through which others can be reached at the moment, if there are any. */
  readonly shell: () => NodeShell | undefined;
}

export class Announcements {
  #mailboxes: ReadonlyMap<string, SigningKey> = new Map();
  /** What is to be told, the first to be told first. */
  readonly #due = new Set<string>();
  #isTelling = false;
  #failures = 0;
  #toldAllMs = -Infinity;
  #timer: { readonly atMs: number; readonly stop: () => void } | undefined;

  constructor(private readonly parts: AnnouncementParts) {}

  /** These from now on, and no others. */
  are(mailboxes: readonly SigningKey[]): void {
    const before = this.#mailboxes;
    this.#mailboxes = new Map(mailboxes.map((mailbox) => [mailbox.publicKey, mailbox]));
    for (const id of this.#mailboxes.keys()) if (!before.has(id)) this.#due.add(id);
    if (this.#mailboxes.size === 0) this.#stopTimer();
    else this.#plan(directLimits.announceEveryMs);
    this.#tellDue();
  }

  /** This node was not there before: nobody has been told of it. */
  tellAll(): void {
    if (this.#mailboxes.size === 0) return;
    for (const id of this.#mailboxes.keys()) this.#due.add(id);
    this.#toldAllMs = this.parts.clock.now();
    this.#tellDue();
  }

  /** Others may be reached than before. Many clients notice that in one moment, and some notice it again and again. */
  tellAllSoon(): void {
    const { announceSoonMs, announceRestMs } = directLimits;
    const { clock } = this.parts;
    const restMs = this.#toldAllMs + announceRestMs - clock.now();
    this.#plan(Math.max(restMs, announceSoonMs * (0.5 + 0.5 * clock.random())));
  }

  end(): void {
    this.#mailboxes = new Map();
    this.#due.clear();
    this.#stopTimer();
  }

  #stopTimer(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** All are told then, unless that is planned for earlier. */
  #plan(delayMs: number): void {
    const { clock } = this.parts;
    const atMs = clock.now() + delayMs;
    if (this.#mailboxes.size === 0 || (this.#timer !== undefined && this.#timer.atMs <= atMs)) return;
    this.#stopTimer();
    const stop = clock.after(delayMs, () => {
      this.#timer = undefined;
      this.tellAll();
      this.#plan(directLimits.announceEveryMs);
    });
    this.#timer = { atMs, stop };
  }

  #tellDue(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#tellEach()
      .catch(() => undefined)
      .finally(() => (this.#isTelling = false));
  }

  async #tellEach(): Promise<void> {
    let hasFailed = false;
    for (const id of this.#due) {
      this.#due.delete(id);
      const mailbox = this.#mailboxes.get(id);
      // Without a node there is one again some time, and then all are told.
      const shell = this.parts.shell();
      if (mailbox === undefined || shell === undefined) continue;
      if (!(await this.#tell(mailbox, shell))) hasFailed = true;
    }
    this.#failures = hasFailed ? this.#failures + 1 : 0;
    if (!hasFailed) return;
    const { retryBaseMs: baseMs, announceEveryMs: maxMs } = directLimits;
    this.#plan(baseMs + backoffMs(this.#failures, this.parts.clock.random(), { baseMs, maxMs }));
  }

  /** False when too few have taken it. */
  async #tell(mailbox: SigningKey, shell: NodeShell): Promise<boolean> {
    const { clock, stores } = this.parts;
    const iat = secondsOf(clock);
    const { id: self, archive } = shell.node.self;
    const dayKey = await mailboxDayKey(mailbox.publicKey, dayOf(iat));
    const text = await signAnnouncement({ node: self.text, archive, iat }, mailbox, dayKey);
    // Meanwhile it may be another node, or the mailbox none that is collected here.
    if (this.parts.shell() !== shell || !this.#mailboxes.has(mailbox.publicKey)) return true;
    const item = announcementItem(text, self.text, iat);
    const copies = await stores.store(mailboxPlace(dayKey.publicKey), item, false);
    return this.parts.shell() !== shell || copies > holdersOf(shell) / 2;
  }
}

/** How many should hold what this node brings, itself among them. */
function holdersOf({ node }: NodeShell): number {
  const { rings, copiesPerRing } = dhtSettings;
  const others = node.status.contacts;
  return rings * Math.min(copiesPerRing, node.role === 'server' ? others + 1 : others);
}
