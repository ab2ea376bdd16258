/**
 * Who of a message's recipients tells the others of it when its crates have expired (spec/conversations.md, "Fellows"):
 * the two of lowest rank among those that are known to have it, each at a time of its own, so that the later ones may
 * have heard from the earlier ones and stay silent.
 */
import { decodeBase64url } from '@holdfast/protocol';
import { limits } from '../../limits.js';

const tellersMax = 2;

/** SHA-256(message id || identity): everybody computes the same order, and it is another one for every message. */
async function rankOf(message: string, identity: string): Promise<string> {
  const parts = [...decodeBase64url(message)!, ...decodeBase64url(identity)!];
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(parts)));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** How many of these come before the identity. */
async function placeOf(message: string, identity: string, others: readonly string[]): Promise<number> {
  const own = await rankOf(message, identity);
  const ranks = await Promise.all(others.map((other) => rankOf(message, other)));
  return ranks.filter((rank) => rank < own).length;
}

/** @param has the others that are known to have the message */
export const isFirstTeller = async (
  message: string,
  identity: string,
  has: readonly string[],
): Promise<boolean> => (await placeOf(message, identity, has)) < tellersMax;

/** How long after the expiry this recipient tells: in the part of the time that belongs to its place. */
export async function tellAfterMs(
  message: string,
  identity: string,
  recipients: readonly string[],
  random: number,
): Promise<number> {
  const others = recipients.filter((one) => one !== identity);
  const place = await placeOf(message, identity, others);
  return ((place + random) / (others.length + 1)) * limits.fellowTellMsMax;
}
