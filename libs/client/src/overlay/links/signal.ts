/**
 * What two sides say to each other to make a direct link (spec/direct.md, "Making a link"): JSON, strict and bounded, carried
 * as opaque bytes by whatever path there is between them.
 */
import {
  accepted,
  decodeUtf8,
  encodeUtf8,
  parseStrictJson,
  refused,
  type Json,
  type Result,
} from '@holdfast/protocol';
import { linkLimits } from './link-limits.js';

/** An address at which a side may be reached (RFC 8839), as WebRTC writes it. */
export interface Candidate {
  readonly candidate: string;
  readonly mid: string;
}

/** `attempt` is chosen by who offers, and tells what belongs together. */
export type Signal = { readonly attempt: number } & (
  | {
      readonly kind: 'offer' | 'answer';
      readonly sdp: string;
      /** Those that are known already. */
      readonly candidates: readonly Candidate[];
    }
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  /** The offer is not taken, or what it led to has been dropped. */
  | { readonly kind: 'bye' }
);

const version = 1;
const depthMax = 3;
const midLengthMax = 16;
export const attemptMax = 2 ** 48 - 1;

export function encodeSignal(signal: Signal): Uint8Array<ArrayBuffer> {
  return encodeUtf8(JSON.stringify({ v: version, ...signal }));
}

export function decodeSignal(bytes: Uint8Array): Result<Signal> {
  if (bytes.length > linkLimits.signalBytesMax) return invalid('It is too large.');
  const text = decodeUtf8(bytes);
  if (text === undefined) return invalid('It is not UTF-8.');
  const parsed = parseStrictJson(text, depthMax, 'request-malformed');
  if (!parsed.ok) return parsed;
  const json = parsed.value;
  if (!isObject(json) || json['v'] !== version) return invalid('It is of no known version.');
  const { attempt } = json;
  if (!isAttempt(attempt)) return invalid('It names no attempt.');
  const { kind } = json;
  if (kind === 'bye' && hasOnly(json, 3)) return accepted({ kind, attempt });
  const { candidates } = json;
  if (!isCandidates(candidates)) return invalid('It has no candidates, too many of them, or what is none.');
  if ((kind === 'offer' || kind === 'answer') && hasOnly(json, 5)) {
    const { sdp } = json;
    if (!isText(sdp, linkLimits.descriptionLengthMax)) return invalid('It has no description.');
    return accepted({ kind, attempt, sdp, candidates });
  }
  if (kind === 'candidates' && hasOnly(json, 4)) return accepted({ kind, attempt, candidates });
  return invalid('It is of no known kind.');
}

const invalid = (detail: string): Result<Signal> =>
  refused('request-malformed', `The signal is not valid. ${detail}`);

type JsonObject = { readonly [member: string]: Json };

const isObject = (json: Json): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);
const hasOnly = (json: JsonObject, members: number): boolean => Object.keys(json).length === members;
const isText = (json: Json | undefined, lengthMax: number): json is string =>
  typeof json === 'string' && json.length > 0 && json.length <= lengthMax;
const isAttempt = (json: Json | undefined): json is number =>
  typeof json === 'number' && Number.isInteger(json) && json >= 0 && json <= attemptMax;

const isCandidates = (json: Json | undefined): json is readonly (Json & Candidate)[] =>
  Array.isArray(json) &&
  json.length <= linkLimits.candidatesPerSignalMax &&
  (json as readonly Json[]).every(isCandidate);

const isCandidate = (json: Json): json is Json & Candidate =>
  isObject(json) &&
  hasOnly(json, 2) &&
  isText(json['candidate'], linkLimits.candidateLengthMax) &&
  isText(json['mid'], midLengthMax);
