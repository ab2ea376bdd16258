/** Searches of the node as promises: each ends once, with what was found by then, whatever becomes of the node. */
import type { Effect, FoundIn, Place, Question, SearchOptions, VerifiedItem } from '@holdfast/dht';
import type { StopSignal } from '../../stopper.js';
import type { NodeShell } from '../node/node-shell.js';

export interface SearchResult {
  readonly items: readonly VerifiedItem[];
  /** Where the first of it came from; undefined when there is nothing. */
  readonly source: FoundIn | undefined;
}

type Asks = Extract<Effect, { do: 'asks' }>;

export interface SearchWishes {
  readonly among: NonNullable<SearchOptions['among']>;
  /** Whether the search need not go on. */
  readonly isEnough: (items: readonly VerifiedItem[]) => boolean;
  /** Called when it begins to ask them. */
  readonly asks?: (whom: Asks['whom']) => void;
  /** Whose announcements are looked for: what others say of it is not believed. */
  readonly mailbox?: string;
}

interface OpenSearch {
  readonly question: Question;
  readonly wishes: SearchWishes;
  readonly items: Map<string, VerifiedItem>;
  source: FoundIn | undefined;
  readonly end: () => void;
}

export class Searches {
  readonly #open = new Map<number, OpenSearch>();

  search(
    shell: NodeShell,
    question: Question,
    wishes: SearchWishes,
    signal: StopSignal,
  ): Promise<SearchResult> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve({ items: [], source: undefined });
      let number: number | undefined;
      const end = (): void => {
        signal.removeEventListener('abort', abort);
        if (number !== undefined) this.#open.delete(number);
        resolve({ items: [...search.items.values()], source: search.source });
      };
      const abort = (): void => {
        end();
        if (number !== undefined) shell.tell((node) => node.cancel(number!));
      };
      const search: OpenSearch = { question, wishes, items: new Map(), source: undefined, end };
      signal.addEventListener('abort', abort);
      // Its effects are carried out after the call, when the number is known.
      const isTaken = shell.tell((node, nowMs) => {
        number = node.search(question, { among: wishes.among }, nowMs);
        this.#open.set(number, search);
      });
      if (!isTaken) end();
    });
  }

  asks({ search, whom }: Asks): void {
    this.#open.get(search)?.wishes.asks?.(whom);
  }

  found({ search: number, items, source, done }: Extract<Effect, { do: 'found' }>, shell: NodeShell): void {
    const search = this.#open.get(number);
    if (search === undefined) return;
    for (const item of items) search.items.set(item.id.text, item);
    if (items.length > 0) search.source ??= source;
    if (done) return search.end();
    if (items.length === 0 || !search.wishes.isEnough([...search.items.values()])) return;
    search.end();
    shell.tell((node) => node.cancel(number));
  }

  /** Which mailbox is being looked for at that place. */
  mailboxAt({ key }: Place): string | undefined {
    for (const { question, wishes } of this.#open.values()) {
      const { mailbox } = wishes;
      if (mailbox !== undefined && 'place' in question && question.place.key.equals(key)) return mailbox;
    }
    return undefined;
  }

  /** The node is gone: nothing more comes. */
  endAll(): void {
    for (const { end } of [...this.#open.values()]) end();
  }
}
