/**
 * What an archive says over `WS /v1/ws` (spec/doors.md, "Frames"), and the lines and bodies of its HTTP doors.
 * Clients check every frame against these shapes: an archive need not be trusted to send what it should.
 * Unknown members are let through, so that a newer archive can say more. Lists have a bound: the schemas collect the
 * flaws of every member of a list, which a hostile archive could make a million.
 */
import * as z from 'zod/mini';
import { accepted, refused, type Result } from '../errors/result.js';
import { limits } from '../limits.js';
import { describeIssue } from './filter.js';

const n = z.int().check(z.gte(1));
/** Whole hours since 1970, as an envelope counts them. */
const hour = z.int().check(z.gte(0), z.lt(2 ** 32));

/** What happened to a published record. `known`: it was held already. `retracted`: only a tombstone is kept. */
export const publishStatusSchema = z.enum(['stored', 'known', 'retracted']);
export type PublishStatus = z.infer<typeof publishStatusSchema>;

/**
 * What an archive knows of a crate. `accepted`: committed here and waiting. The other four are how a crate leaves;
 * `delivered` comes with the receipt, which the sender checks against the crate's ackHash.
 */
export const crateStateSchema = z.enum([
  'accepted',
  'delivered',
  'discarded',
  'recalled',
  'expired',
  'unknown',
]);
export type CrateState = z.infer<typeof crateStateSchema>;

const list = <T extends z.ZodMiniType>(item: T, countMax: number) =>
  z.array(item).check(z.maxLength(countMax));

const contact = z.object({ node: z.string(), archive: z.string() });
const nearby = list(contact, limits.nearbyNodesMax);

const errandSchema = z.object({
  url: z.string(),
  attempts: z.number(),
  /** NumericDate. */
  nextAttempt: z.optional(z.number()),
  /** Why the last attempt did not succeed. */
  code: z.optional(z.string()),
});

export const crateStatusSchema = z.object({
  crate: z.string(),
  status: crateStateSchema,
  /** What let the crate go, base64url: the ackSecret, the mailbox's discard signature, or the recallSecret. */
  proof: z.optional(z.string()),
  /** Custody receipts: this archive's own, and those that it has from archives that it brought the crate to. */
  custody: z.optional(list(z.string(), limits.holdersMax + 1)),
  /** What this archive still has to do about the crate at others. */
  errands: z.optional(list(errandSchema, limits.holdersMax)),
});
export type CrateStatus = z.infer<typeof crateStatusSchema>;

/** One entry of the receipts log: a crate that has left on a proof. */
export const releasedEntrySchema = z.object({
  crate: z.string(),
  status: z.enum(['delivered', 'discarded', 'recalled']),
  proof: z.string(),
});
export type ReleasedEntry = z.infer<typeof releasedEntrySchema>;

/** An hour of the receipts log, or the part of it whose crate ids begin with `shard` (spec/custody.md). */
export const releasedSchema = z.object({
  epoch: hour,
  shard: z.string(),
  entries: list(releasedEntrySchema, limits.releasedEntriesMax),
  /** The shard has more than one answer holds: longer prefixes have the rest. */
  more: z.boolean(),
  /** The next later hour that has entries of this shard. */
  next: z.optional(hour),
  /** The hour that the archive's clock is in. */
  now: hour,
});
export type Released = z.infer<typeof releasedSchema>;

const entrySchema = z.object({ cursor: z.string(), record: z.string() });

const answerSchemas = {
  /** The first frame on every connection: who answers, and the challenge that authorisations sign. */
  hello: z.object({
    op: z.literal('hello'),
    archive: z.string(),
    version: z.string(),
    challenge: z.string(),
    /** The archive's clock, NumericDate seconds. */
    time: z.number(),
    /** What it keeps (`readScope`): an archive with a newer kind of scope can be spoken to nevertheless. */
    scope: z.optional(z.unknown()),
    /** The time from which it claims to have all of that, NumericDate seconds. */
    horizon: z.optional(z.number()),
  }),
  published: z.object({ op: z.literal('published'), n, id: z.string(), status: publishStatusSchema }),
  record: z.object({ op: z.literal('record'), n, record: z.string() }),
  page: z.object({
    op: z.literal('page'),
    n,
    records: list(z.string(), limits.queryLimitMax),
    cursor: z.optional(z.string()),
  }),
  entries: z.object({ op: z.literal('entries'), n, entries: list(entrySchema, limits.entriesPerFrameMax) }),
  'caught-up': z.object({ op: z.literal('caught-up'), n, cursor: z.string() }),
  ended: z.object({ op: z.literal('ended'), n }),
  deposited: z.object({
    op: z.literal('deposited'),
    n,
    crate: z.string(),
    status: crateStateSchema,
    /** The archive's custody receipt. */
    custody: z.string(),
  }),
  collecting: z.object({ op: z.literal('collecting'), n, waiting: z.number() }),
  crate: z.object({ op: z.literal('crate'), n, crate: z.string(), envelope: z.string() }),
  'crate-status': z.object({ op: z.literal('crate-status'), n, ...crateStatusSchema.shape }),
  statuses: z.object({
    op: z.literal('statuses'),
    n,
    statuses: list(crateStatusSchema, limits.statusCratesMax),
  }),
  released: z.object({ op: z.literal('released'), n, ...releasedSchema.shape }),
  joined: z.object({
    op: z.literal('joined'),
    n,
    /** The node's id, and the ticket that binds it to the archive (spec/relay.md, "Tickets"). */
    node: z.string(),
    ticket: z.string(),
    nearby,
    framesPerSecond: z.number(),
    bytesPerSecond: z.number(),
    floodsPerMinute: z.number(),
  }),
  /** A frame for this node has not been delivered. */
  gone: z.object({ op: z.literal('gone'), n, ...contact.shape }),
  contacts: z.object({ op: z.literal('contacts'), n, contacts: nearby }),
  error: z.object({
    op: z.literal('error'),
    /** Missing when the request's number could not be read. */
    n: z.optional(n),
    code: z.string(),
    detail: z.string(),
    retryable: z.boolean(),
    /** With `quota-exceeded`: which one, and when there may be room again, NumericDate. */
    quota: z.optional(z.string()),
    until: z.optional(z.number()),
  }),
} as const;

type AnswerSchemas = typeof answerSchemas;
export type AnswerOp = keyof AnswerSchemas;
export type Answer = { [Op in AnswerOp]: z.infer<AnswerSchemas[Op]> }[AnswerOp];
export type AnswerOf<Op extends AnswerOp> = Extract<Answer, { op: Op }>;
export { answerSchemas };

export function parseAnswer(text: string): Result<Answer> {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return refused('answer-invalid', 'The frame is not JSON.');
  }
  const op = (frame as { op?: unknown } | null)?.op;
  if (typeof op !== 'string' || !Object.hasOwn(answerSchemas, op)) {
    return refused('answer-invalid', 'The frame has no known "op".');
  }
  const parsed = z.safeParse(answerSchemas[op as AnswerOp] as z.ZodMiniType<Answer>, frame);
  return parsed.success ? accepted(parsed.data) : refused('answer-invalid', describeIssue(parsed.error));
}

/** One line of the answer to `POST /v1/records`, in the order of the lines that were sent. */
export const publishLineSchema = z.union([
  z.object({ id: z.string(), status: publishStatusSchema }),
  z.object({
    status: z.literal('refused'),
    /** One that is not known is an error like any other (spec/errors.md). */
    code: z.string(),
    detail: z.string(),
    retryable: z.boolean(),
  }),
]);
export type PublishLine = z.infer<typeof publishLineSchema>;
