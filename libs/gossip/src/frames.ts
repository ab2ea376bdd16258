/**
 * What archives say over a link (spec/gossip.md, "Frames" and "Questions"): one JSON object a frame. A frame that does
 * not have exactly its shape is one that no archive sends. Every list has a bound.
 */
import {
  accepted,
  decodeBase64url,
  decodeBase64urlOf,
  describeIssue,
  isAcceptablePublicKey,
  isArchiveUrl,
  isRecordId,
  limits,
  refused,
  scopeSchema,
  type Result,
} from '@holdfast/protocol';
import * as z from 'zod/mini';
import { gossipLimits } from './limits.js';

const text = (what: string, lengthMax: number, accepts: (value: string) => boolean) =>
  z.string().check(z.maxLength(lengthMax), z.refine(accepts, { error: `is not ${what}` }));
const listOf = <Item extends z.ZodMiniType>(item: Item, countMax: number, countMin = 0) =>
  z.array(item).check(z.minLength(countMin), z.maxLength(countMax));
const different = z.refine<string[]>((items) => new Set(items).size === items.length, {
  error: 'names something twice',
});

const n = z.int().check(z.gte(1));
const place = z.int().check(z.gte(0));
const recordId = text('a record id', 43, isRecordId);
const crateId = text('a crate id', 43, isRecordId);
const record = z.string().check(z.minLength(1), z.maxLength(limits.recordSizeBytesMax));
const archiveId = text('an Ed25519 public key', 43, (value) => {
  const bytes = decodeBase64urlOf(value, 32);
  return bytes !== undefined && isAcceptablePublicKey(bytes);
});
const message = text(
  'base64url',
  Math.ceil((gossipLimits.compareMessageBytesMax * 4) / 3),
  (value) => decodeBase64url(value) !== undefined,
);
const departure = z.strictObject({
  crate: crateId,
  way: z.enum(['ack', 'discard', 'recall']),
  /** A secret of 32 bytes, or a signature of 64. */
  proof: text('a proof', 86, (value) => decodeBase64url(value) !== undefined),
});

const helloSchema = z.strictObject({
  op: z.literal('hello'),
  versions: listOf(place, gossipLimits.versionsMax, 1),
  scope: scopeSchema,
  /** NumericDate; null when it claims to be complete for no time. */
  horizon: z.nullable(place),
  /** The last seq of its log. */
  last: place,
});
export type Hello = z.infer<typeof helloSchema>;

/** What each question has beside `op` and `n`, and what its answer has. */
const questionShapes = {
  start: { asked: {}, answered: { last: place, count: place } },
  news: {
    asked: { after: place },
    answered: {
      ids: listOf(recordId, gossipLimits.newsIdsMax).check(different),
      upTo: place,
      ageSeconds: z.number().check(z.gte(0)),
      last: place,
    },
  },
  want: {
    asked: { ids: listOf(recordId, gossipLimits.wantIdsMax, 1).check(different) },
    answered: {
      records: listOf(record, gossipLimits.wantIdsMax),
      gone: listOf(recordId, gossipLimits.wantIdsMax).check(different),
    },
  },
  page: {
    asked: { after: place },
    answered: { records: listOf(record, gossipLimits.pageRecordsMax), upTo: place, last: place },
  },
  compare: { asked: { first: z.boolean(), message }, answered: { message } },
  departures: {
    asked: { after: place },
    answered: { crates: listOf(crateId, gossipLimits.departuresMax), upTo: place, last: place },
  },
  proofs: {
    asked: { crates: listOf(crateId, gossipLimits.departuresMax, 1).check(different) },
    answered: { departures: listOf(departure, gossipLimits.departuresMax) },
  },
  peers: {
    asked: {},
    answered: {
      peers: listOf(
        z.strictObject({
          id: archiveId,
          url: text('the URL of an archive', limits.urlLengthMax, isArchiveUrl),
        }),
        gossipLimits.exchangedPeersMax,
      ),
    },
  },
} as const;

type Shapes = typeof questionShapes;
export type QuestionName = keyof Shapes;
type Inferred<Shape extends z.core.$ZodShape> = z.infer<z.ZodMiniObject<Shape, z.core.$strict>>;
export type Asked<Name extends QuestionName> = Inferred<Shapes[Name]['asked']>;
export type Answered<Name extends QuestionName> = Inferred<Shapes[Name]['answered']>;

const askedSchemas = schemasOf('asked');
const answeredSchemas = schemasOf('answered');

function schemasOf(side: 'asked' | 'answered'): ReadonlyMap<string, z.ZodMiniType> {
  return new Map(
    Object.entries(questionShapes).map(([name, shapes]) => [
      name,
      z.strictObject({ op: z.literal(side === 'asked' ? name : 'answer'), n, ...shapes[side] }),
    ]),
  );
}

const errorSchema = z.strictObject({
  op: z.literal('error'),
  /** The question's; without it the sender closes the link. */
  n: z.optional(n),
  code: z.string().check(z.maxLength(64)),
  detail: z.string().check(z.maxLength(gossipLimits.detailLengthMax)),
});

export type Question = {
  [Name in QuestionName]: { readonly name: Name; readonly asked: Asked<Name> };
}[QuestionName];

export type Frame =
  | { readonly kind: 'hello'; readonly hello: Hello }
  /** Without a question that is known it is from a later version of the software, and answered by an error. */
  | { readonly kind: 'question'; readonly n: number; readonly question: Question | undefined }
  | { readonly kind: 'answer'; readonly n: number; readonly body: unknown }
  | {
      readonly kind: 'error';
      readonly n?: number | undefined;
      readonly code: string;
      readonly detail: string;
    };

export function parseFrame(frame: string): Result<Frame> {
  if (frame.length > gossipLimits.frameLengthMax) return flaw('The frame is too long.');
  let json: { op?: unknown; n?: unknown } | null;
  try {
    json = JSON.parse(frame) as typeof json;
  } catch {
    return flaw('The frame is not JSON.');
  }
  const op = json?.op;
  if (typeof op !== 'string') return flaw('The frame has no "op".');
  if (op === 'hello') return checked(helloSchema, json, (hello) => ({ kind: 'hello', hello }));
  if (op === 'error') {
    return checked(errorSchema, json, ({ n, code, detail }) => ({ kind: 'error', n, code, detail }));
  }
  const number = z.safeParse(n, json?.n);
  if (!number.success) return flaw('The frame has no "n".');
  if (op === 'answer') return accepted({ kind: 'answer', n: number.data, body: json });
  const schema = askedSchemas.get(op);
  if (schema === undefined) return accepted({ kind: 'question', n: number.data, question: undefined });
  return checked(schema, json, (body) => ({
    kind: 'question',
    n: number.data,
    question: { name: op, asked: body } as Question,
  }));
}

/** An answer is read once it is known which question it belongs to. */
export function parseAnswered<Name extends QuestionName>(name: Name, body: unknown): Result<Answered<Name>> {
  return checked(answeredSchemas.get(name) as z.ZodMiniType<Answered<Name>>, body, (answer) => answer);
}

export const frameOfHello = (hello: Omit<Hello, 'op'>): string => JSON.stringify({ op: 'hello', ...hello });

export const frameOfQuestion = <Name extends QuestionName>(
  name: Name,
  number: number,
  asked: Asked<Name>,
): string => JSON.stringify({ op: name, n: number, ...asked });

export const frameOfAnswer = (number: number, answered: object): string =>
  JSON.stringify({ op: 'answer', n: number, ...answered });

export const frameOfError = (number: number | undefined, code: string, detail: string): string =>
  JSON.stringify({
    op: 'error',
    ...(number === undefined ? {} : { n: number }),
    code,
    detail: detail.slice(0, gossipLimits.detailLengthMax).toWellFormed(),
  });

function checked<T, F>(schema: z.ZodMiniType<T>, value: unknown, take: (value: T) => F): Result<F> {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? accepted(take(parsed.data)) : flaw(describeIssue(parsed.error));
}

const flaw = (detail: string): Result<never> => refused('peer-misbehaved', detail);
