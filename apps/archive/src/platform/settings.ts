/**
 * The archive's settings: HOLDFAST_* and DATABASE_URL from the environment, checked before anything starts. Each
 * may come from a file instead, named by the same variable with _FILE behind it, which is how containers hand
 * over secrets. docs/operating/settings.md lists them.
 */
import { readFileSync } from 'node:fs';
import proxyAddr from '@fastify/proxy-addr';
import { HoldfastError, type Scope } from '@holdfast/protocol';
import * as z from 'zod/mini';
import { archiveLimits } from '../limits.js';
import { scopeOf, scopeVariables } from './scope-settings.js';

/** Injectable: a class so that Nest can name it, abstract because values come from `readSettings`. */
export abstract class ArchiveSettings {
  abstract readonly port: number;
  abstract readonly host: string;
  /** Where the embedded PostgreSQL keeps its data; unused with `databaseUrl`. */
  abstract readonly dataFolder: string;
  /** Undefined: the archive brings its own PostgreSQL. Holds a password: never log it. */
  abstract readonly databaseUrl: string | undefined;
  /** Undefined: the queue is kept in PostgreSQL. Holds a password: never log it. */
  abstract readonly redisUrl: string | undefined;
  /** The address under which others reach the archive, without a slash at its end. */
  abstract readonly publicUrl: string | undefined;
  abstract readonly logLevel: LogLevel;
  /** Undefined: no metrics are served. */
  abstract readonly metricsPort: number | undefined;
  /** How many WebSockets may be open at once. */
  abstract readonly connectionsMax: number;
  /** How many bytes of crates may wait at once, in all mailboxes. */
  abstract readonly cratesBytesMax: number;
  /** What one network may deposit in the long run; 0: any number. */
  abstract readonly depositsPerMinute: number;
  abstract readonly depositBytesPerMinute: number;
  /** What is to stay free on the disk of the embedded PostgreSQL. */
  abstract readonly diskReserveBytes: number;
  /** Addresses and networks of proxies that are believed whom a request comes from. */
  abstract readonly trustedProxies: readonly string[];
  /** Whether other archives may have private addresses. Undefined: when the archive's own address is such a one. */
  abstract readonly privatePeers: boolean | undefined;
  /** Whether it relays between clients of the overlay. */
  abstract readonly relay: boolean;
  /** How many nodes of one network may have a ticket at once; 0: any number. */
  abstract readonly relayTicketsPerNetwork: number;
  /** What one node may have carried. */
  abstract readonly relayFramesPerSecond: number;
  abstract readonly relayBytesPerSecond: number;
  abstract readonly relayFloodsPerMinute: number;
  /** Which records it keeps; `{}`: all of them. */
  abstract readonly scope: Scope;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const portText = 'must be a port number between 0 and 65535';
const port = z.pipe(
  z.string().check(z.regex(/^\d{1,5}$/, portText)),
  z.pipe(z.transform(Number), z.number().check(z.maximum(65_535, portText))),
);
const count = z.pipe(
  z.string().check(z.regex(/^[1-9]\d{0,6}$/, 'must be a whole number from 1 to 9999999')),
  z.transform(Number),
);
const bytes = z.pipe(
  z.string().check(z.regex(/^[1-9]\d{0,14}$/, 'must be a whole number of bytes')),
  z.transform(Number),
);
const orNone = (text: string) =>
  z.pipe(z.string().check(z.regex(/^(0|[1-9]\d{0,14})$/, text)), z.transform(Number));
const proxies = z.pipe(
  z
    .string()
    .check(
      z.refine(areProxies, 'must be addresses or networks such as 10.0.0.0/8, with commas between them'),
    ),
  z.transform(namesOf),
);
const choice = z.pipe(
  z.enum(['true', 'false'], 'must be true or false'),
  z.transform((text) => text === 'true'),
);
const urlOf = (protocols: RegExp, example: string) =>
  z.string().check(z.refine((text) => isUrl(text, protocols), `must be a URL such as ${example}`));

/** One row a variable: what it must be, and what it is when it is not set. */
const variables = {
  HOLDFAST_PORT: z._default(port, 7070),
  HOLDFAST_HOST: z._default(
    z.string().check(z.regex(/^[\w.:-]+$/, 'must be an address or a host name')),
    '127.0.0.1',
  ),
  HOLDFAST_DATA: z._default(z.string(), './data'),
  DATABASE_URL: z.optional(urlOf(/^postgres(ql)?:$/, 'postgresql://user:password@host:5432/database')),
  HOLDFAST_REDIS_URL: z.optional(urlOf(/^rediss?:$/, 'redis://user:password@host:6379')),
  HOLDFAST_PUBLIC_URL: z.optional(urlOf(/^https?:$/, 'https://archive.example')),
  HOLDFAST_LOG_LEVEL: z._default(z.enum(logLevels, `must be one of ${logLevels.join(', ')}`), 'info'),
  HOLDFAST_METRICS_PORT: z.optional(port),
  HOLDFAST_CONNECTIONS: z._default(count, archiveLimits.connectionsMaxDefault),
  HOLDFAST_CRATES_BYTES_MAX: z._default(bytes, archiveLimits.cratesBytesMaxDefault),
  HOLDFAST_DEPOSITS_PER_MINUTE: z._default(
    orNone('must be a whole number, or 0 for no limit'),
    archiveLimits.depositsPerMinuteDefault,
  ),
  HOLDFAST_DEPOSIT_BYTES_PER_MINUTE: z._default(
    orNone('must be a whole number of bytes, or 0 for no limit'),
    archiveLimits.depositBytesPerMinuteDefault,
  ),
  HOLDFAST_DISK_RESERVE_BYTES: z._default(
    orNone('must be a whole number of bytes'),
    archiveLimits.diskReserveBytesDefault,
  ),
  HOLDFAST_TRUSTED_PROXIES: z.optional(proxies),
  HOLDFAST_PRIVATE_PEERS: z.optional(choice),
  HOLDFAST_RELAY: z._default(choice, true),
  HOLDFAST_RELAY_TICKETS_PER_NETWORK: z._default(
    orNone('must be a whole number, or 0 for no limit'),
    archiveLimits.relayTicketsPerNetworkDefault,
  ),
  HOLDFAST_RELAY_FRAMES_PER_SECOND: z._default(count, archiveLimits.relayFramesPerSecondDefault),
  HOLDFAST_RELAY_BYTES_PER_SECOND: z._default(bytes, archiveLimits.relayBytesPerSecondDefault),
  HOLDFAST_RELAY_FLOODS_PER_MINUTE: z._default(count, archiveLimits.relayFloodsPerMinuteDefault),
  ...scopeVariables,
} as const;

const schema = z.object(variables);
/** Of all variables, each also as `…_FILE`. */
export const settingNames: readonly string[] = Object.keys(variables);

/** Variables of the client and of the test run that may stand in the same environment. */
const foreignNames = /^HOLDFAST_(HOME|ARCHIVE|TEST_\w+|PASSPHRASE)$/;

/** @throws HoldfastError `settings-invalid`, one sentence that names the variable and what to do */
export function readSettings(environment: NodeJS.ProcessEnv): ArchiveSettings {
  refuseUnknown(environment);
  const result = schema.safeParse(
    Object.fromEntries(settingNames.map((name) => [name, valueOf(name, environment)])),
  );
  if (!result.success) {
    const issue = result.error.issues[0];
    throw invalid(String(issue?.path[0]), issue?.message ?? 'is not valid');
  }
  const values = result.data;
  if (values.HOLDFAST_PORT !== 0 && values.HOLDFAST_PORT === values.HOLDFAST_METRICS_PORT) {
    throw invalid('HOLDFAST_METRICS_PORT', 'is the same as HOLDFAST_PORT: set it to another');
  }
  return {
    port: values.HOLDFAST_PORT,
    host: values.HOLDFAST_HOST,
    dataFolder: values.HOLDFAST_DATA,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.HOLDFAST_REDIS_URL,
    publicUrl: values.HOLDFAST_PUBLIC_URL?.replace(/\/+$/, ''),
    logLevel: values.HOLDFAST_LOG_LEVEL,
    metricsPort: values.HOLDFAST_METRICS_PORT,
    connectionsMax: values.HOLDFAST_CONNECTIONS,
    cratesBytesMax: values.HOLDFAST_CRATES_BYTES_MAX,
    depositsPerMinute: values.HOLDFAST_DEPOSITS_PER_MINUTE,
    depositBytesPerMinute: values.HOLDFAST_DEPOSIT_BYTES_PER_MINUTE,
    diskReserveBytes: values.HOLDFAST_DISK_RESERVE_BYTES,
    trustedProxies: values.HOLDFAST_TRUSTED_PROXIES ?? [],
    privatePeers: values.HOLDFAST_PRIVATE_PEERS,
    relay: values.HOLDFAST_RELAY,
    relayTicketsPerNetwork: values.HOLDFAST_RELAY_TICKETS_PER_NETWORK,
    relayFramesPerSecond: values.HOLDFAST_RELAY_FRAMES_PER_SECOND,
    relayBytesPerSecond: values.HOLDFAST_RELAY_BYTES_PER_SECOND,
    relayFloodsPerMinute: values.HOLDFAST_RELAY_FLOODS_PER_MINUTE,
    scope: scopeOf(values),
  };
}

/** An empty variable counts as one that is not set: compose files write `${NAME:-}`. */
function valueOf(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const direct = environment[name] || undefined;
  const file = environment[`${name}_FILE`] || undefined;
  if (direct !== undefined && file !== undefined) {
    throw invalid(name, `and ${name}_FILE are both set: keep one`);
  }
  if (file === undefined) return direct;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw invalid(
      `${name}_FILE`,
      `names ${file}, which cannot be read (${(cause as NodeJS.ErrnoException).code})`,
    );
  }
}

function refuseUnknown(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    const known = settingNames.includes(name.replace(/_FILE$/, '')) || settingNames.includes(name);
    if (!name.startsWith('HOLDFAST_') || known || foreignNames.test(name)) continue;
    const likely = settingNames.find((candidate) => isOneSlipAway(name, candidate));
    if (likely !== undefined) throw invalid(name, `is not a setting: did you mean ${likely}?`);
  }
}

/** One letter more, one less, one other, or two swapped. */
function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  const swapped = left.length === 2 && right === `${left[1]}${left[0]}`;
  return swapped || (left.length <= 1 && right.length <= 1);
}

function isUrl(text: string, protocols: RegExp): boolean {
  return URL.canParse(text) && protocols.test(new URL(text).protocol);
}

function namesOf(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** `loopback`, `linklocal` and `uniquelocal` stand for the networks of that kind. */
function areProxies(text: string): boolean {
  try {
    proxyAddr.compile(namesOf(text));
    return true;
  } catch {
    return false;
  }
}

/** Values are not repeated in the sentence: they may be secrets. */
function invalid(name: string, what: string): HoldfastError {
  return new HoldfastError('settings-invalid', `${name} ${what}${/[.?]$/.test(what) ? '' : '.'}`, {
    setting: name,
  });
}
