/** A whole conversation between two sets, as two archives would have it. */
import { initiate, reconcile, respond, type InitiatorBounds, type SetStorage } from '../src/index.js';
import { hexOf } from './items.js';

export interface FrameLimits {
  readonly asking?: number;
  readonly answering?: number;
}

export interface Outcome {
  /** Of the ids, in order, each once. */
  readonly have: string[];
  readonly need: string[];
  readonly rounds: number;
  readonly askedBytes: number[];
  readonly answeredBytes: number[];
}

export function converse(
  asking: SetStorage,
  answering: SetStorage,
  frames: FrameLimits = {},
  bounds: InitiatorBounds = {},
): Outcome {
  const ask = { ...bounds, ...(frames.asking === undefined ? {} : { frameBytesMax: frames.asking }) };
  const answer = frames.answering === undefined ? {} : { frameBytesMax: frames.answering };
  const have = new Set<string>();
  const need = new Set<string>();
  const askedBytes: number[] = [];
  const answeredBytes: number[] = [];
  for (let question: Uint8Array | undefined = initiate(asking, ask); question !== undefined;) {
    askedBytes.push(question.length);
    const answered = respond(answering, question, answer);
    answeredBytes.push(answered.length);
    const step = reconcile(asking, answered, ask);
    for (const id of step.have) have.add(hexOf(id));
    for (const id of step.need) need.add(hexOf(id));
    question = step.message;
    if (askedBytes.length > 10_000) throw new Error('The conversation does not end.');
  }
  return {
    have: [...have].toSorted(),
    need: [...need].toSorted(),
    rounds: askedBytes.length,
    askedBytes,
    answeredBytes,
  };
}
