/** A JSON body that a door has taken as bytes, checked against its schema. */
import { decodeUtf8, describeIssue, HoldfastError } from '@holdfast/protocol';
import * as z from 'zod/mini';

/** @throws HoldfastError `request-malformed` */
export function readJson<Value>(body: Uint8Array | undefined, schema: z.ZodMiniType<Value>): Value {
  const parsed = z.safeParse(schema, jsonOf(body ?? new Uint8Array()));
  if (!parsed.success) throw new HoldfastError('request-malformed', describeIssue(parsed.error));
  return parsed.data;
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(body) ?? '');
  } catch (cause) {
    throw new HoldfastError('request-malformed', 'The body is not JSON in UTF-8.', {}, { cause });
  }
}
