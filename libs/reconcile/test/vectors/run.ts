/** Runs a case of vectors/reconcile/messages.json. */
import { createHash } from 'node:crypto';
import { initiate, reconcile, ReconcileError, respond, SumTree, type Item } from '../../src/index.js';
import { bytesOf, hexOf } from '../items.js';

/** Items `from` to before `to`: item n has the id SHA-256("item n") and the time `time + step * (n - from)`. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly time: number;
  readonly step: number;
}

export interface Conversation {
  readonly name: string;
  readonly asking: readonly Run[];
  readonly answering: readonly Run[];
  readonly frameBytesMax?: number;
  readonly expect: ConversationVerdict;
}

export interface ConversationVerdict {
  readonly ok: true;
  /** Hex: question, answer, question, ... */
  readonly messages: readonly string[];
  /** Hex, each id once, in ascending order. */
  readonly have: readonly string[];
  readonly need: readonly string[];
}

export interface Reading {
  readonly name: string;
  /** Hex. */
  readonly message: string;
  readonly expect: { readonly ok: true } | { readonly ok: false; readonly code: string };
}

export interface MessageVectors {
  readonly kind: 'reconcile-messages';
  readonly about: string;
  readonly conversations: readonly Conversation[];
  readonly readings: readonly Reading[];
}

export function itemsOf(runs: readonly Run[]): Item[] {
  return runs.flatMap(({ from, to, time, step }) =>
    Array.from({ length: to - from }, (_, index) => ({
      time: time + step * index,
      id: new Uint8Array(
        createHash('sha256')
          .update(`item ${from + index}`)
          .digest(),
      ),
    })),
  );
}

export function converseOver(
  conversation: Pick<Conversation, 'asking' | 'answering' | 'frameBytesMax'>,
): ConversationVerdict {
  const { frameBytesMax } = conversation;
  const bounds = frameBytesMax === undefined ? {} : { frameBytesMax };
  const [asking, answering] = [conversation.asking, conversation.answering].map(
    (runs) => new SumTree(itemsOf(runs)),
  );
  const messages: string[] = [];
  const have = new Set<string>();
  const need = new Set<string>();
  for (let question: Uint8Array | undefined = initiate(asking!, bounds); question !== undefined;) {
    const answer = respond(answering!, question, bounds);
    messages.push(hexOf(question), hexOf(answer));
    const step = reconcile(asking!, answer, bounds);
    for (const id of step.have) have.add(hexOf(id));
    for (const id of step.need) need.add(hexOf(id));
    question = step.message;
  }
  return { ok: true, messages, have: [...have].toSorted(), need: [...need].toSorted() };
}

/** As the side that answers reads it, and as the one that asked. */
export function readingsOf(message: string): Reading['expect'][] {
  const storage = new SumTree(itemsOf([{ from: 0, to: 40, time: 1_000, step: 1 }]));
  return [respond, reconcile].map((take) => {
    try {
      take(storage, bytesOf(message));
      return { ok: true };
    } catch (error) {
      if (error instanceof ReconcileError) return { ok: false, code: error.code };
      throw error;
    }
  });
}
