/** Searches of the node as promises: each ends once, with what was found by then, whatever becomes of the node. */
import type { Effect, FoundIn, Place, Question, SearchOptions, VerifiedItem } from '@holdfast/dht';
import type { StopSignal } from '../../stopper.js';
import type { NodeShell } from '../node/node-shell.js';

export interface SearchResult {
  readonly items: readonly VerifiedItem[];
  /** Where the first of it came from; undefined when there is nothing. */
  readonly source: FoundIn | undefined;
}

interface OpenSearch {
  readonly question: Question;
  readonly mailbox: string | undefined;
  readonly items: Map<string, VerifiedItem>;
  source: FoundIn | undefined;
  readonly isEnough: (items: readonly VerifiedItem[]) => boolean;
  readonly end: () => void;
}

export class Searches {
  readonly #open = new Map<number, OpenSearch>();

  /**
   * @param isEnough  whether the search need not go on
   * @param mailbox  whose announcements are looked for: what others say of it is not believed
   */
  search(
    shell: NodeShell,
    question: Question,
    among: NonNullable<SearchOptions['among']>,
    isEnough: OpenSearch['isEnough'],
    signal: StopSignal,
    mailbox?: string,
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
      const search: OpenSearch = { question, mailbox, items: new Map(), source: undefined, isEnough, end };
      signal.addEventListener('abort', abort);
      // Its effects are carried out after the call, when the number is known.
      const isTaken = shell.tell((node, nowMs) => {
        number = node.search(question, { among }, nowMs);
        this.#open.set(number, search);
      });
      if (!isTaken) end();
    });
  }

  found({ search: number, items, source, done }: Extract<Effect, { do: 'found' }>, shell: NodeShell): void {
    const search = this.#open.get(number);
    if (search === undefined) return;
    for (const item of items) search.items.set(item.id.text, item);
    if (items.length > 0) search.source ??= source;
    if (done) return search.end();
    if (items.length === 0 || !search.isEnough([...search.items.values()])) return;
    search.end();
    shell.tell((node) => node.cancel(number));
  }

  /** Which mailbox is being looked for at that place. */
  mailboxAt({ key }: Place): string | undefined {
    for (const { question, mailbox } of this.#open.values()) {
      if (mailbox !== undefined && 'place' in question && question.place.key.equals(key)) return mailbox;
    }
    return undefined;
  }

  /** The node is gone: nothing more comes. */
  endAll(): void {
    for (const { end } of [...this.#open.values()]) end();
  }
}
