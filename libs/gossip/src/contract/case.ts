/** A case of a contract, without a test framework: it throws when the contract is broken. */
import { HoldfastError } from '@holdfast/protocol';

export interface ContractCase<Subject> {
  readonly name: string;
  run(subject: Subject): Promise<void>;
}

export function equal(actual: unknown, expected: unknown): void {
  const [a, e] = [JSON.stringify(actual) ?? 'undefined', JSON.stringify(expected) ?? 'undefined'];
  if (a !== e) throw new Error(`expected ${e.slice(0, 300)}, got ${a.slice(0, 300)}`);
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(`it does not hold that ${what}`);
}

export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof HoldfastError ? error.code : String(error)),
  );
