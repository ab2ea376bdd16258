/** A shard of the receipts log as a range of crate ids (spec/custody.md): all whose bytes begin with its digits. */

/** Beyond every crate id: ids have 32 bytes. */
const beyond = Buffer.alloc(33, 0xff);

export interface ShardRange {
  readonly from: Buffer;
  /** The first id that is not in the shard any more. */
  readonly before: Buffer;
}

/** @param shard digits 0-9 a-f; an odd number of them ends within a byte */
export function shardRange(shard: string): ShardRange {
  if (shard === '') return { from: Buffer.alloc(0), before: beyond };
  const next = (Number.parseInt(shard, 16) + 1).toString(16).padStart(shard.length, '0');
  return { from: toBytes(shard), before: next.length > shard.length ? beyond : toBytes(next) };
}

const toBytes = (digits: string): Buffer =>
  Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex');
