/**
 * Who answers whom among the mails of one import, and an order in which every mail comes after those it may answer: a
 * record names its parent by id, and the id exists only once the parent's record has been made. Mails with one
 * Message-Id are one node. The result depends on the set of mails, not on the order in which they were found; an edge
 * that would close a circle is dropped, the same one every time.
 */
import type { FoundMail } from './mbox.js';

export interface Threads {
  /** Parents before their answers. */
  readonly ordered: readonly FoundMail[];
  /** The Message-Ids to look for a parent under, nearest first, without those that would close a circle. */
  readonly ancestorsOf: (mail: FoundMail) => readonly string[];
  readonly has: (messageId: string) => boolean;
  /** Whether another mail of this import may name this one as its parent. */
  readonly isAnswered: (mail: FoundMail) => boolean;
}

type Node = readonly FoundMail[];

export function arrangeThreads(mails: readonly FoundMail[]): Threads {
  const nodes = new Map<string, FoundMail[]>();
  const anonymous: FoundMail[] = [];
  for (const mail of mails) {
    const id = mail.fields.messageId;
    if (id === undefined) anonymous.push(mail);
    else nodes.set(id, [...(nodes.get(id) ?? []), mail]);
  }
  const { order, dropped } = visitParentsFirst(nodes);
  const answered = new Set(mails.flatMap(({ fields }) => fields.ancestors));
  return {
    // Nobody can answer a mail without a Message-Id, so that these come last.
    ordered: [...order.flatMap((id) => nodes.get(id)!), ...anonymous],
    ancestorsOf: ({ fields }) =>
      fields.ancestors.filter((ancestor) => !dropped.has(edge(fields.messageId ?? '', ancestor))),
    has: (messageId) => nodes.has(messageId),
    isAnswered: ({ fields }) => fields.messageId !== undefined && answered.has(fields.messageId),
  };
}

/** Depth first without recursion: a thread may be longer than the stack is deep. */
function visitParentsFirst(nodes: ReadonlyMap<string, Node>): {
  order: string[];
  dropped: ReadonlySet<string>;
} {
  const order: string[] = [];
  const dropped = new Set<string>();
  const open = new Set<string>();
  const done = new Set<string>();
  for (const start of [...nodes.keys()].sort()) {
    const path = done.has(start) ? [] : [enter(start)];
    while (path.length > 0) {
      const { id, parents } = path.at(-1)!;
      const parent = parents.pop();
      if (parent === undefined) {
        path.pop();
        open.delete(id);
        done.add(id);
        order.push(id);
      } else if (open.has(parent)) {
        dropped.add(edge(id, parent));
      } else if (!done.has(parent)) {
        path.push(enter(parent));
      }
    }
  }
  return { order, dropped };

  function enter(id: string): { id: string; parents: string[] } {
    open.add(id);
    const parents = new Set(nodes.get(id)!.flatMap((mail) => mail.fields.ancestors));
    return { id, parents: [...parents].filter((parent) => nodes.has(parent)).sort() };
  }
}

const edge = (child: string, parent: string): string => `${child}\n${parent}`;
