/** The links to all of a client's archives, in the order of preference. */
import { HoldfastError } from '@holdfast/protocol';
import type { ArchiveAddress } from '../client.js';
import { abortedError, closedError } from '../errors.js';
import { limits } from '../limits.js';
import type { Stoppable } from '../stopper.js';
import { ArchiveLink, type LinkEvents, type LinkParts } from './archive-link.js';

export interface ArchivesSettings {
  readonly requestTimeoutMs: number;
  readonly patienceMs: number;
}

export class Archives {
  readonly links: readonly ArchiveLink[];
  readonly #openListeners = new Set<(link: ArchiveLink) => void>();
  readonly #closeListeners = new Set<() => void>();
  #closed = false;

  constructor(
    addresses: readonly ArchiveAddress[],
    parts: LinkParts,
    events: LinkEvents,
    settings: ArchivesSettings,
  ) {
    const own: LinkEvents = {
      problem: (problem) => events.problem(problem),
      state: (link) => {
        events.state(link);
        if (this.#closedForGood() !== undefined) for (const listener of this.#closeListeners) listener();
        if (link.open !== undefined) for (const listener of this.#openListeners) listener(link);
      },
    };
    this.links = addresses.map(
      ({ url, id }) => new ArchiveLink(url, parts, own, { ...settings, expectedArchive: id }),
    );
  }

  start(): void {
    for (const link of this.links) link.start();
  }

  /** The most preferred link that is open now. */
  get preferred(): ArchiveLink | undefined {
    return this.links.find((link) => link.open !== undefined);
  }

  /** Another open link the more often it has failed, round the list; `fallback` when none is open. */
  alternative(fallback: ArchiveLink, failures: number): ArchiveLink {
    const open = this.links.filter((link) => link.open !== undefined);
    return open[failures % open.length] ?? fallback;
  }

  /** Calls the listener for every link that opens from now on. Answers what takes it off again. */
  onOpen(listener: (link: ArchiveLink) => void): () => void {
    this.#openListeners.add(listener);
    return () => this.#openListeners.delete(listener);
  }

  /**
   * Resolves with the most preferred open link, as soon as there is one. Rejects with `closed`, and with
   * `archive-foreign` when every archive is another one than was expected.
   */
  whenOpen({ signal }: Stoppable = {}): Promise<ArchiveLink> {
    return new Promise((resolve, reject) => {
      const hopeless = this.#closedForGood();
      if (hopeless !== undefined) return reject(hopeless);
      if (signal?.aborted) return reject(abortedError());
      if (this.preferred !== undefined) return resolve(this.preferred);
      const settle = (act: () => void): void => {
        stopListening();
        this.#closeListeners.delete(close);
        signal?.removeEventListener('abort', abort);
        act();
      };
      const close = (): void => settle(() => reject(this.#closedForGood()));
      const abort = (): void => settle(() => reject(abortedError()));
      const stopListening = this.onOpen((link) => settle(() => resolve(link)));
      this.#closeListeners.add(close);
      signal?.addEventListener('abort', abort);
    });
  }

  close(): void {
    this.#closed = true;
    for (const link of this.links) link.close();
    for (const listener of this.#closeListeners) listener();
    this.#openListeners.clear();
  }

  /** Why no link will ever open again; undefined while one may. */
  #closedForGood(): HoldfastError | undefined {
    if (this.#closed) return closedError();
    const states = this.links.map(({ state }) => state);
    if (!states.every(({ name }) => name === 'closed')) return undefined;
    return new HoldfastError('archive-foreign', 'Every archive is another one than was expected.');
  }
}

/** Checks the addresses and brings them into one form. Throws `settings-invalid`. */
export function parseAddresses(archives: readonly (string | ArchiveAddress)[]): ArchiveAddress[] {
  if (archives.length === 0 || archives.length > limits.archivesMax) {
    throw new HoldfastError('settings-invalid', `A client needs 1 to ${limits.archivesMax} archives.`);
  }
  const addresses = archives.map((archive) =>
    parseAddress(typeof archive === 'string' ? { url: archive } : archive),
  );
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
  return { ...address, url: url.href.replace(/\/+$/, '') };
}
