/**
 * What a client says over `WS /v1/ws` as text (spec/doors.md, "Frames"): one JSON object a frame, `op` names the
 * operation, `n` numbers the request and comes back in every answer to it.
 */
import * as z from 'zod/mini';
import { decodeBase64url, decodeBase64urlOf } from '../encoding/base64url.js';
import { accepted, refused, type Refusal, type Result } from '../errors/result.js';
import { limits } from '../limits.js';
import { isArchiveUrl } from '../mailboxes/card.js';
import {
  cursorSchema,
  describeIssue,
  followFilterSchema,
  publicKeySchema,
  queryFilterSchema,
  recordIdSchema,
} from './filter.js';

export const bytesSchema = (length: number, what: string) =>
  z.string().check(
    z.refine((value) => decodeBase64urlOf(value, length) !== undefined, {
      error: `is not ${what} in base64url`,
    }),
  );

const n = z.int().check(z.gte(1), z.lte(limits.requestNumberMax));
export const crateIdSchema = bytesSchema(32, 'a crate id (32 bytes)');
export const secretSchema = bytesSchema(32, 'a secret of 32 bytes');
const archiveUrlSchema = z
  .string()
  .check(z.refine(isArchiveUrl, { error: 'is not the http or https URL of an archive' }));
export const signatureSchema = bytesSchema(64, 'a signature of 64 bytes');
const allDiffer = (urls: readonly string[]): boolean => new Set(urls).size === urls.length;
/** Archives that hold or are to hold a crate, beside the one that is told. */
export const holdersSchema = z
  .array(archiveUrlSchema)
  .check(z.maxLength(limits.holdersMax), z.refine(allDiffer, { error: 'names an archive twice' }));
const shardPattern = new RegExp(`^[0-9a-f]{0,${limits.shardDigitsMax}}$`);
/** Whole hours since 1970, as far as an envelope can tell. */
const epochSchema = z.int().check(z.gte(0), z.lt(2 ** 32));
const largestCrate = base64urlLength(limits.crateSizesBytes.at(-1)!);

export const receiptsQuerySchema = z.strictObject({
  epoch: z.optional(epochSchema),
  /** The beginning of the crate ids' bytes in hexadecimal; empty for all. */
  shard: z.string().check(z.regex(shardPattern, `is not 0 to ${limits.shardDigitsMax} digits 0-9 a-f`)),
});
export type ReceiptsQuery = z.infer<typeof receiptsQuerySchema>;

const requestSchemas = {
  /** Stores a record; answered by `published` after the commit. */
  publish: z.strictObject({ op: z.literal('publish'), n, record: z.string() }),
  /** One record by its id; answered by `record`. */
  get: z.strictObject({ op: z.literal('get'), n, id: recordIdSchema }),
  /** One page of records, newest first; answered by `page`. */
  query: z.strictObject({ op: z.literal('query'), n, filter: queryFilterSchema }),
  /**
   * Every matching record in the order in which the archive committed them, from after `cursor` (or from now on when
   * there is none), until `cancel`; answered by `entries` again and again, and `caught-up` whenever nothing is left.
   */
  follow: z.strictObject({
    op: z.literal('follow'),
    n,
    filter: followFilterSchema,
    cursor: z.optional(cursorSchema),
  }),
  /** Ends the follow or collect whose number is `target`; answered by `ended` with that number. */
  cancel: z.strictObject({ op: z.literal('cancel'), n, target: n }),
  /**
   * Leaves a crate for its mailbox; answered by `deposited` after the commit. `bring`: archives that this one shall
   * bring it to; `holders`: others that have it from the sender. All of them are told when it leaves.
   */
  deposit: z
    .strictObject({
      op: z.literal('deposit'),
      n,
      bring: z.optional(holdersSchema),
      holders: z.optional(holdersSchema),
      envelope: z.string().check(
        z.maxLength(largestCrate),
        z.refine((value) => decodeBase64url(value) !== undefined, { error: 'is not canonical base64url' }),
      ),
    })
    .check(
      z.refine(namesFewArchives, {
        path: ['bring'],
        error: 'and "holders" name too many archives, or one twice',
      }),
    ),
  /**
   * Proves ownership of a mailbox (spec/crates.md, "Collecting") and asks for what waits there, now and from now on;
   * answered by `collecting`, then `crate` for each, until `cancel`.
   */
  collect: z.strictObject({
    op: z.literal('collect'),
    n,
    mailbox: publicKeySchema,
    signature: signatureSchema,
  }),
  /** Shows the receipt of a crate; answered by `crate-status`. Needs no authorisation: the secret is the proof. */
  ack: z.strictObject({ op: z.literal('ack'), n, crate: crateIdSchema, secret: secretSchema }),
  /** The mailbox owner refuses a crate, by signature; answered by `crate-status`. */
  discard: z.strictObject({ op: z.literal('discard'), n, crate: crateIdSchema, signature: signatureSchema }),
  /** The sender takes a crate back, by secret; answered by `crate-status`. */
  recall: z.strictObject({ op: z.literal('recall'), n, crate: crateIdSchema, secret: secretSchema }),
  /** What the archive knows of some crates; answered by `statuses`. */
  status: z.strictObject({
    op: z.literal('status'),
    n,
    crates: z.array(crateIdSchema).check(z.minLength(1), z.maxLength(limits.statusCratesMax)),
  }),
  /** An hour of the receipts log, the present one when there is no `epoch`; answered by `released`. */
  receipts: z.strictObject({ op: z.literal('receipts'), n, ...receiptsQuerySchema.shape }),
  /**
   * Makes the connection that of a node of the overlay (spec/relay.md, "Joining"); answered by `joined`, then by relayed
   * frames and `gone`, until `cancel`. `proof` is the node key's over this connection's challenge.
   */
  join: z.strictObject({
    op: z.literal('join'),
    n,
    node: publicKeySchema,
    role: z.enum(['server', 'observer']),
    proof: signatureSchema,
  }),
  /** Which connected nodes are near a point of the key space; answered by `contacts`. */
  nearby: z.strictObject({ op: z.literal('nearby'), n, target: bytesSchema(32, 'a target (32 bytes)') }),
} as const;

type RequestSchemas = typeof requestSchemas;
export type RequestOp = keyof RequestSchemas;
export type Request = { [Op in RequestOp]: z.infer<RequestSchemas[Op]> }[RequestOp];
export type RequestOf<Op extends RequestOp> = Extract<Request, { op: Op }>;
export const requestOps = Object.keys(requestSchemas) as readonly RequestOp[];
export { requestSchemas };

/** A refusal of a frame, with the number of the request where that could be read. */
export interface FrameRefusal extends Refusal {
  readonly n?: number;
}

export function parseRequest(text: string): Result<Request> | FrameRefusal {
  if (text.length > limits.plainRequestLengthMax && !isOneLongText(text)) {
    const detail = `More than ${limits.plainRequestLengthMax} characters can only be a deposit, its long text without escapes.`;
    return refused('request-malformed', detail);
  }
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return refused('request-malformed', 'The frame is not JSON.');
  }
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) {
    return refused('request-malformed', 'The frame is not a JSON object.');
  }
  const { op, n: number } = frame as { op?: unknown; n?: unknown };
  const numbered = Number.isSafeInteger(number) && (number as number) >= 1 ? { n: number as number } : {};
  if (typeof op !== 'string' || !Object.hasOwn(requestSchemas, op)) {
    return { ...refused('op-unknown', `"op" must be one of ${requestOps.join(', ')}.`), ...numbered };
  }
  const parsed = z.safeParse(requestSchemas[op as RequestOp] as z.ZodMiniType<Request>, frame);
  if (parsed.success) return accepted(parsed.data);
  const code = parsed.error.issues[0]!.path[0] === 'filter' ? 'filter-invalid' : 'request-malformed';
  return { ...refused(code, describeIssue(parsed.error)), ...numbered };
}

function namesFewArchives(deposit: {
  bring?: string[] | undefined;
  holders?: string[] | undefined;
}): boolean {
  const urls = [...(deposit.bring ?? []), ...(deposit.holders ?? [])];
  return urls.length <= limits.holdersMax && allDiffer(urls);
}

function base64urlLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

/**
 * Whether a text can be a deposit, or a record that is too large and will be refused as such: all but the one long text
 * is short. JSON.parse takes ten times as long for as many characters of objects and arrays, on the thread that
 * serves everybody.
 */
function isOneLongText(text: string): boolean {
  return ['"envelope":"', '"record":"'].some((name) => {
    const begin = text.indexOf(name) + name.length;
    const end = text.indexOf('"', begin);
    if (begin < name.length || end === -1) return false;
    const restLength = text.length - (end - begin);
    return restLength <= limits.plainRequestLengthMax && !text.slice(begin, end).includes('\\');
  });
}
