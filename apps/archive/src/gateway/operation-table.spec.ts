import { describe, expect, it } from '@jest/globals';
import { operations, OperationTable } from './operation-table.js';
import type { OperationHandlers } from './operations.js';

const featureOps = operations.filter((op) => op !== 'cancel');
const handlersOf = (ops: readonly string[]): OperationHandlers =>
  Object.fromEntries(ops.map((op) => [op, () => undefined]));

describe('the table of operations', () => {
  it('takes the handlers of several features when every operation has one', () => {
    const [first, ...rest] = featureOps;
    expect(() =>
      OperationTable.of([{ handlers: handlersOf([first!]) }, { handlers: handlersOf(rest) }]),
    ).not.toThrow();
  });

  it.each(featureOps)('names %s when nobody handles it', (op) => {
    const handlers = handlersOf(featureOps.filter((other) => other !== op));
    expect(() => OperationTable.of([{ handlers }])).toThrow(`These operations have no handler: ${op}.`);
  });

  it('refuses two handlers of one operation', () => {
    const features = [{ handlers: handlersOf(featureOps) }, { handlers: handlersOf(['query']) }];
    expect(() => OperationTable.of(features)).toThrow('query has two handlers');
  });

  it('keeps cancel to the gateway', () => {
    expect(() => OperationTable.of([{ handlers: handlersOf([...featureOps, 'cancel']) }])).toThrow('cancel');
  });
});
