/**
 * What archives say to each other about crates (spec/custody.md, "Between archives"): offers before a crate is brought,
 * and departures with their proofs. Bodies of `POST /v1/crates/offers` and `POST /v1/crates/departures`. And what they say
 * about nodes on the links of peers (spec/relay.md, "Between archives").
 */
import * as z from 'zod/mini';
import type { Way } from '../crates/departure.js';
import { limits } from '../limits.js';
import { scopeSchema } from '../records/scope.js';
import { crateStateSchema } from './answers.js';
import { bytesSchema, crateIdSchema, holdersSchema, secretSchema, signatureSchema } from './requests.js';

const sizes: readonly number[] = limits.crateSizesBytes;

const some = <T extends z.ZodMiniType>(item: T) =>
  z.array(item).check(z.minLength(1), z.maxLength(limits.archiveCratesMax));

export const offersSchema = z.strictObject({
  crates: some(
    z.strictObject({
      crate: crateIdSchema,
      sizeBytes: z
        .int()
        .check(z.refine((size) => sizes.includes(size), { error: 'is not the size of a crate' })),
      expiryHour: z.int().check(z.gte(0), z.lt(2 ** 32)),
      /** Who else has it or is to have it: told when it leaves. */
      holders: holdersSchema,
    }),
  ),
});
export type Offers = z.infer<typeof offersSchema>;
export type Offer = Offers['crates'][number];

/** `wanted`: bring it. `refused`: with the code why. Else the crate's state here, with what there is to show for it. */
export const offerAnswersSchema = z.object({
  crates: z
    .array(
      z.object({
        crate: z.string(),
        status: z.union([crateStateSchema, z.literal('wanted'), z.literal('refused')]),
        custody: z.optional(z.string()),
        proof: z.optional(z.string()),
        code: z.optional(z.string()),
        quota: z.optional(z.string()),
        until: z.optional(z.number()),
      }),
    )
    .check(z.maxLength(limits.archiveCratesMax)),
});
export type OfferAnswer = z.infer<typeof offerAnswersSchema>['crates'][number];

const departure = <const Ways extends readonly Way[], Proof extends z.ZodMiniType>(
  ways: Ways,
  proof: Proof,
) => z.strictObject({ crate: crateIdSchema, way: z.enum(ways), proof });

export const departuresSchema = z.strictObject({
  crates: some(
    z.discriminatedUnion('way', [
      departure(['ack', 'recall'], secretSchema),
      departure(['discard'], signatureSchema),
    ]),
  ),
});
export type ToldDepartures = z.infer<typeof departuresSchema>;
export type ToldDeparture = ToldDepartures['crates'][number];

/** How the crate has really left; `noted`: not held, the proof is kept for when it comes; `refused`: it does not fit. */
export const departureAnswersSchema = z.object({
  crates: z
    .array(
      z.object({
        crate: z.string(),
        status: z.union([crateStateSchema, z.literal('noted'), z.literal('refused')]),
        code: z.optional(z.string()),
      }),
    )
    .check(z.maxLength(limits.archiveCratesMax)),
});
export type DepartureAnswer = z.infer<typeof departureAnswersSchema>['crates'][number];

/** What `POST /v1/crates` answers. */
export const depositAnswerSchema = z.object({
  crate: z.string(),
  status: crateStateSchema,
  custody: z.string(),
});
export type DepositAnswer = z.infer<typeof depositAnswerSchema>;

const nodeSchema = bytesSchema(32, 'a node id (32 bytes)');

/** That a node was not there, and some of the servers that are. */
export const nodeNewsSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('gone'), to: nodeSchema, node: nodeSchema }),
  z.strictObject({
    op: z.literal('nodes'),
    nodes: z.array(nodeSchema).check(z.maxLength(limits.toldNodesMax)),
  }),
]);
export type NodeNews = z.infer<typeof nodeNewsSchema>;

/** What an archive says of itself at `/.well-known/holdfast`, as far as other archives and clients need it. */
export const introductionSchema = z.object({
  id: z.string(),
  protocols: z.array(z.string()).check(z.maxLength(16)),
  time: z.number(),
  /** What it keeps, and the time from which it claims to have all of that; absent in archives that say neither. */
  scope: z.optional(scopeSchema),
  horizon: z.optional(z.number()),
});
export type Introduction = z.infer<typeof introductionSchema>;
