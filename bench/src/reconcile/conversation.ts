/** One reconciliation from its first message to its last, and what it has cost. */
import { initiate, reconcile, respond, type InitiatorBounds, type SetStorage } from '@holdfast/reconcile';

export interface Cost {
  /** Questions, each with its answer. */
  readonly rounds: number;
  readonly upBytes: number;
  readonly downBytes: number;
}

/** @param extra how many items `answering` has that `asking` lacks: all must be found, and nothing else */
export function costOf(
  asking: SetStorage,
  answering: SetStorage,
  extra: number,
  bounds: InitiatorBounds = {},
): Cost {
  const found = new Set<string>();
  let [rounds, upBytes, downBytes] = [0, 0, 0];
  for (let question: Uint8Array | undefined = initiate(asking, bounds); question !== undefined;) {
    const answer = respond(answering, question, bounds);
    rounds++;
    upBytes += question.length;
    downBytes += answer.length;
    const step = reconcile(asking, answer, bounds);
    if (step.have.length > 0) throw new Error('The reconciliation has found what both have.');
    for (const id of step.need) found.add(Buffer.from(id).toString('hex'));
    question = step.message;
  }
  if (found.size !== extra) throw new Error(`The reconciliation has found ${found.size} of ${extra} items.`);
  return { rounds, upBytes, downBytes };
}
