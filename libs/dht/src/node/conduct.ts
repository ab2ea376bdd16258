/**
 * How contacts behave: what they do wrong is counted, halved with time, and who has done too much of it is left - asked
 * no more and not listened to - for a while. Bounded: the longest forgotten goes first.
 */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import type { Misbehaviour } from './effect.js';

/**
 * A forgery is no accident; the rest may come of a view that is a little old. Being slow is none at all: to a node that
 * has too much to do, everybody is.
 */
const weights: Readonly<Record<Misbehaviour, number>> = {
  'forged-item': 4,
  'invalid-message': 2,
  'out-of-ring': 1,
  'unasked-answer': 1,
  'flood-excess': 1,
  'too-many-requests': 1,
  slow: 0,
};

interface Account {
  weight: number;
  atMs: number;
  leftUntilMs: number;
}

export class Conduct {
  #accounts: Map<string, Account> | undefined;
  /** Nobody is left for longer. */
  #leftUntilMs = -Infinity;
  misbehaved = 0;

  hasLeft(id: Key, nowMs: number): boolean {
    if (this.#accounts === undefined || nowMs >= this.#leftUntilMs) return false;
    const account = this.#accounts.get(id.text);
    return account !== undefined && nowMs < account.leftUntilMs;
  }

  /** Answers whether the contact is to be left, because of this. */
  count(contact: Contact, what: Misbehaviour, nowMs: number): boolean {
    this.misbehaved++;
    const accounts = (this.#accounts ??= new Map<string, Account>());
    const name = contact.id.text;
    const account = accounts.get(name) ?? { weight: 0, atMs: nowMs, leftUntilMs: 0 };
    account.weight =
      account.weight * 0.5 ** ((nowMs - account.atMs) / dhtLimits.misbehaviourHalfLifeMs) + weights[what];
    account.atMs = nowMs;
    const leaves = account.weight >= dhtLimits.misbehaviourMax && nowMs >= account.leftUntilMs;
    if (leaves) {
      account.leftUntilMs = nowMs + dhtLimits.leftMs;
      this.#leftUntilMs = Math.max(this.#leftUntilMs, account.leftUntilMs);
    }
    accounts.delete(name);
    if (accounts.size >= dhtLimits.misbehaviourContactsMax) accounts.delete(accounts.keys().next().value!);
    accounts.set(name, account);
    return leaves;
  }
}
