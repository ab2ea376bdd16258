/** Finds a real discussion among the imported mails and walks it: from an answer to the root by refs, then back down. */
import type { Client } from '@holdfast/client';
import type { HoldfastRecord } from '@holdfast/protocol';

const candidatesMax = 1_000;

export interface Thread {
  readonly root: HoldfastRecord;
  /** Mails that name another mail of the thread, by the id of that mail. */
  readonly answers: ReadonlyMap<string, readonly HoldfastRecord[]>;
  readonly mails: number;
  /** Steps from the deepest answer to the root, each one a `get`. */
  readonly depth: number;
}

export async function walkThread(client: Client, author: string): Promise<Thread | undefined> {
  const answers = new Map<string, HoldfastRecord[]>();
  let seen = 0;
  for await (const mail of client.queryAll({ author, collection: 'mail', limit: 200 })) {
    for (const parent of mail.refs ?? []) answers.set(parent, [...(answers.get(parent) ?? []), mail]);
    if (++seen === candidatesMax) break;
  }
  const deepest = deepestAnswer(answers);
  if (deepest === undefined) return undefined;
  let root = deepest;
  let depth = 0;
  while (root.refs?.[0] !== undefined) {
    const { record } = await client.get(root.refs[0]);
    // What lies above the newest mails was not in the pages that were read.
    const siblings = answers.get(record.id) ?? [];
    if (!siblings.some(({ id }) => id === root.id)) answers.set(record.id, [...siblings, root]);
    root = record;
    depth++;
  }
  return { root, answers, mails: countMails(root, answers), depth };
}

export function* threadLines({ root, answers }: Thread, linesMax: number): Generator<string> {
  const waiting = [{ mail: root, depth: 0 }];
  for (let line = 0; waiting.length > 0; line++) {
    if (line === linesMax) return;
    const { mail, depth } = waiting.pop()!;
    const { subject, from } = mail.body as { subject: string; from?: { name?: string; address: string } };
    const sender = (from?.name ?? from?.address ?? 'somebody').slice(0, 28);
    yield `${'  '.repeat(depth)}${depth === 0 ? '' : '└ '}${subject.slice(0, 60)}  (${sender})`;
    const below = [...(answers.get(mail.id) ?? [])].sort((a, b) => b.iat - a.iat);
    waiting.push(...below.map((answer) => ({ mail: answer, depth: depth + 1 })));
  }
}

function deepestAnswer(answers: ReadonlyMap<string, readonly HoldfastRecord[]>): HoldfastRecord | undefined {
  const parents = new Map(
    [...answers].flatMap(([parent, mails]) => mails.map((mail) => [mail.id, parent] as const)),
  );
  const depthOf = (id: string): number => {
    let depth = 0;
    for (let above = parents.get(id); above !== undefined; above = parents.get(above)) depth++;
    return depth;
  };
  return [...answers.values()].flat().reduce<HoldfastRecord | undefined>((deepest, mail) => {
    return deepest === undefined || depthOf(mail.id) > depthOf(deepest.id) ? mail : deepest;
  }, undefined);
}

function countMails(root: HoldfastRecord, answers: ReadonlyMap<string, readonly HoldfastRecord[]>): number {
  const below = answers.get(root.id) ?? [];
  return 1 + below.reduce((sum, mail) => sum + countMails(mail, answers), 0);
}
