/** The links to all of a client's archives, in the order of preference. */
import { HoldfastError } from '@holdfast/protocol/core';
import type { ArchiveAddress } from '../client.js';
import { abortedError, closedError } from '../errors.js';
import { limits } from '../limits.js';
import { pause } from '../pacing.js';
import { Stopper, type Stoppable } from '../stopper.js';
import { archiveUrl } from './archive-url.js';
import { ArchiveLink, type LinkEvents, type LinkParts } from './archive-link.js';
import type { KnownArchives } from './known-archives.js';

export interface ArchivesSettings {
  readonly requestTimeoutMs: number;
  readonly patienceMs: number;
}

export interface WhenOpen extends Stoppable {
  /** Which links count; the main ones when missing. */
  readonly among?: (link: ArchiveLink) => boolean;
  /** Why none of them will do, whatever opens; looked at whenever a link opens or is closed. */
  readonly hopeless?: () => HoldfastError | undefined;
}

export class Archives {
  /** All of them. */
  readonly links: readonly ArchiveLink[];
  /** Those for everything; the others only bring crates. */
  readonly main: readonly ArchiveLink[];
  readonly #openListeners = new Set<(link: ArchiveLink) => void>();
  readonly #closeListeners = new Set<() => void>();
  readonly #awayListeners = new Set<() => void>();
  #closed = false;

  constructor(
    addresses: readonly ArchiveAddress[],
    private readonly known: KnownArchives,
    private readonly parts: LinkParts,
    events: LinkEvents,
    private readonly settings: ArchivesSettings,
  ) {
    const own: LinkEvents = {
      problem: (problem) => events.problem(problem),
      state: (link) => {
        if (link.open !== undefined && !this.#isAdmitted(link, link.open.archive)) return;
        events.state(link);
        if (link.state.name === 'closed') for (const listener of this.#closeListeners) listener();
        if (/waiting|closed/.test(link.state.name)) for (const listener of this.#awayListeners) listener();
        if (link.open !== undefined) for (const listener of this.#openListeners) listener(link);
      },
    };
    this.links = addresses.map(
      ({ url, id, cratesOnly }) =>
        new ArchiveLink(url, parts, own, { ...settings, expectedArchive: id }, cratesOnly),
    );
    this.main = this.links.filter(isMain);
  }

  start(): void {
    for (const link of this.links) link.start(this.known.idOf(link.url));
  }

  /** Another open link the more often it has failed, round the list; `fallback` when none is open. */
  alternative(fallback: ArchiveLink, failures: number, among: WhenOpen['among'] = isMain): ArchiveLink {
    const open = this.links.filter((link) => link.open !== undefined && among(link));
    return open[failures % open.length] ?? fallback;
  }

  /** The id of the archive at that address: named by the settings, or met there before. */
  idOf(url: string): string | undefined {
    return this.known.idOf(url);
  }

  /** Calls the listener for every link that opens from now on. Answers what takes it off again. */
  onOpen(listener: (link: ArchiveLink) => void): () => void {
    this.#openListeners.add(listener);
    return () => this.#openListeners.delete(listener);
  }

  /** Calls the listener when a link is lost, cannot be made, or is closed for good. Answers what takes it off again. */
  onAway(listener: () => void): () => void {
    this.#awayListeners.add(listener);
    return () => this.#awayListeners.delete(listener);
  }

  /** Calls the listener when a link opens, and when one is closed for good. Answers what takes it off again. */
  onChange(listener: () => void): () => void {
    const stopListening = this.onOpen(listener);
    this.#closeListeners.add(listener);
    return () => {
      stopListening();
      this.#closeListeners.delete(listener);
    };
  }

  /**
   * Resolves with the most preferred open link, as soon as there is one. Rejects with `closed`, and with
   * `archive-foreign` when every archive is another one than was expected.
   */
  whenOpen({ signal, among = isMain, hopeless: isHopeless }: WhenOpen = {}): Promise<ArchiveLink> {
    return new Promise((resolve, reject) => {
      if (this.closedForGood(among) === undefined && signal?.aborted) return reject(abortedError());
      const settle = (act: () => void): void => {
        stopListening();
        signal?.removeEventListener('abort', abort);
        act();
      };
      const look = (): void => {
        const hopeless = isHopeless?.() ?? this.closedForGood(among);
        const open = this.links.find((link) => link.open !== undefined && among(link));
        if (hopeless !== undefined) settle(() => reject(hopeless));
        else if (open !== undefined) settle(() => resolve(open));
      };
      const abort = (): void => settle(() => reject(abortedError()));
      const stopListening = this.onChange(look);
      signal?.addEventListener('abort', abort);
      look();
    });
  }

  /** The link to the archive of that id, when it is among ours: known before, or met within the patience. */
  async withId(id: string, { signal }: Stoppable = {}): Promise<ArchiveLink | undefined> {
    const { clock } = this.parts;
    const giveUpAt = clock.now() + this.settings.patienceMs;
    const ending = new Stopper(signal);
    try {
      for (;;) {
        const link = this.main.find(({ url }) => this.known.idOf(url) === id);
        const isOpenEnded = this.main.some(
          ({ url, state }) => state.name !== 'closed' && this.known.idOf(url) === undefined,
        );
        if (link !== undefined || !isOpenEnded || clock.now() >= giveUpAt) return link;
        if (ending.aborted) throw abortedError();
        await pause(clock, giveUpAt - clock.now(), ending, (wake) => this.onChange(wake));
      }
    } finally {
      ending.release();
    }
  }

  close(): void {
    this.#closed = true;
    for (const link of this.links) link.close();
    for (const listener of this.#closeListeners) listener();
    this.#openListeners.clear();
    this.#awayListeners.clear();
  }

  /** Why none of these links will ever open again; undefined while one may. */
  closedForGood(among: WhenOpen['among'] = isMain): HoldfastError | undefined {
    if (this.#closed) return closedError();
    const reasons = this.links.filter(among).map(({ refusal }) => refusal);
    return reasons.includes(undefined) ? undefined : reasons[0];
  }

  /** Whether the archive that says hello is the one of this address, and of no other one. */
  #isAdmitted(link: ArchiveLink, archive: string): boolean {
    const known = this.known.idOf(link.url);
    if (known !== undefined && known !== archive) {
      link.refuse(
        `The archive here is ${archive}, and ${known} was expected: if it was set up anew, name it with its new id.`,
      );
      return false;
    }
    const twin = this.links.find(
      (other) => other !== link && other.state.name !== 'closed' && this.known.idOf(other.url) === archive,
    );
    if (twin !== undefined) {
      // What is known from before is believed; of two that are new, the one that its user prefers.
      const rank = ({ url }: ArchiveLink): number => (this.known.isEstablished(url) ? 1 : 0);
      const isLinkBelieved =
        rank(link) === rank(twin)
          ? this.links.indexOf(link) < this.links.indexOf(twin)
          : rank(link) > rank(twin);
      const [one, other] = isLinkBelieved ? [twin, link] : [link, twin];
      one.refuse(`The archive here has the same id as the one at ${other.url}: name it by one address only.`);
      if (one === link) return false;
    }
    this.known.keep(link.url, archive);
    return true;
  }
}

const isMain = ({ cratesOnly }: ArchiveLink): boolean => !cratesOnly;

/** Checks the addresses and brings them into one form. Throws `settings-invalid`. */
export function parseAddresses(archives: readonly (string | ArchiveAddress)[]): ArchiveAddress[] {
  if (archives.length === 0 || archives.length > limits.archivesMax) {
    throw new HoldfastError('settings-invalid', `A client needs 1 to ${limits.archivesMax} archives.`);
  }
  const addresses = archives.map((archive) =>
    parseAddress(typeof archive === 'string' ? { url: archive } : archive),
  );
  if (addresses.every(({ cratesOnly }) => cratesOnly === true)) {
    throw new HoldfastError('settings-invalid', 'A client needs an archive that is not for crates only.');
  }
  if (new Set(addresses.map(({ url }) => url)).size !== addresses.length) {
    throw new HoldfastError('settings-invalid', 'An archive stands twice in the list.');
  }
  return addresses;
}

function parseAddress(address: ArchiveAddress): ArchiveAddress {
  const url = URL.canParse(address.url) ? new URL(address.url) : undefined;
  const isPlain =
    url !== undefined &&
    `${url.username}${url.password}${url.search}${url.hash}` === '' &&
    /^https?:$/.test(url.protocol);
  if (!isPlain) {
    throw new HoldfastError(
      'settings-invalid',
      'The address of an archive is an http or https URL without user, query and fragment.',
      { url: address.url },
    );
  }
  return { ...address, url: archiveUrl(address.url) };
}
