/**
 * The archive's log: JSON lines (pino) for programs, one readable line each on a terminal. A line carries ids,
 * counts, codes and times; never content, keys, receipts or passwords. Errors are cut down to what is safe: the
 * details of database errors quote rows, so they are left out.
 */
import { pino, type DestinationStream } from 'pino';
import type { LogLevel } from '../settings.js';

/** Injectable. `fields` are facts for programs, `sentence` is for people and does not vary. */
export abstract class Log {
  abstract debug(fields: object, sentence: string): void;
  abstract info(fields: object, sentence: string): void;
  abstract warn(fields: object, sentence: string): void;
  abstract error(fields: object, sentence: string): void;
  abstract fatal(fields: object, sentence: string): void;
  /** The same log with facts that every line repeats, such as `{ feature: 'gateway' }`. */
  abstract child(fields: object): Log;
}

export interface LogInit {
  readonly level: LogLevel;
  readonly destination: DestinationStream;
}

/** Names that a field may have by mistake; whatever stands in them is replaced. */
const secretNames = [
  'password',
  'databaseUrl',
  'redisUrl',
  'privateJwk',
  'd',
  'ackSecret',
  'recallSecret',
  'jws',
  'body',
  'envelope',
  'receipt',
];

export function createLog({ level, destination }: LogInit): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '(hidden)' },
      serializers: { error: describeError },
    },
    destination,
  );
}

/** Codes of the network and of a database that goes or comes: where in the code they were met tells nothing. */
const outages = /^(E[A-Z_]+|08...|57P..)$/;

/** What may be said of an error: no fields beside its code, and no password of a URL in its text. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return withoutPasswords(String(error));
  const { name, code, message, stack } = error as Error & { code?: unknown };
  const isOutage = typeof code === 'string' && outages.test(code);
  return {
    name,
    ...(typeof code === 'string' ? { code } : {}),
    message: withoutPasswords(message),
    ...(stack === undefined || isOutage ? {} : { stack: withoutPasswords(stack) }),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

export function withoutPasswords(text: string): string {
  return text.replace(/(\w+:\/\/[^:/\s@]*:)[^@\s/]+@/g, '$1(hidden)@');
}
