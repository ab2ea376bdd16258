/** What applications see of a message: what is stored of it, and what this process knows beside that. */
import { possibleCopies, type HolderLink } from './holders.js';
import type { CrateStatusView, MessageStatus, PendingHolder } from '../status/message-status.js';
import type { CrateKnowledge, SentCrate, StoredMessage } from './sent-store.js';
import { isSettled, messageStatus, shown } from '../status/status-lattice.js';

export interface CrateViewParts {
  readonly links: readonly HolderLink[];
  /** Archives that are to have the crate and have not promised it. */
  readonly pendingOf: (crate: string) => readonly PendingHolder[];
}

export function crateView(
  sent: SentCrate,
  known: CrateKnowledge,
  { links, pendingOf }: CrateViewParts,
): CrateStatusView {
  const { crate, to, expiresAt, copies: wanted, resent } = sent;
  const custody = Object.entries(known.custody ?? {}).map(([archive, { url, iat }]) => ({
    archive,
    url,
    iat,
  }));
  const promised = custody.map(({ archive }) => archive);
  return {
    crate,
    to,
    status: shown(known),
    expiresAt,
    custody,
    copies: { wanted, possible: possibleCopies(sent, links, promised) },
    pending: isSettled(known) ? [] : pendingOf(crate),
    ...(resent === true ? { resent } : {}),
    ...(known.direct === true ? { direct: true } : {}),
  };
}

/** @param crates views of all of its crates */
export function messageView(
  { id, sentAt }: Pick<StoredMessage, 'id' | 'sentAt'>,
  crates: readonly CrateStatusView[],
): MessageStatus {
  return {
    id,
    status: messageStatus(crates),
    safe: crates.some(({ status }) => status === 'delivered'),
    sentAt,
    copies: fewestCopies(crates),
    crates,
  };
}

/** A crate that was delivered, or has ended, needs no copies. */
function fewestCopies(crates: readonly CrateStatusView[]): MessageStatus['copies'] {
  const onTheirWay = crates.filter(({ status }) => ['local', 'accepted', 'durable'].includes(status));
  const counted = (onTheirWay.length > 0 ? onTheirWay : crates).map(({ custody, copies }) => ({
    held: custody.length,
    ...copies,
  }));
  return counted.reduce((fewest, copies) => (copies.held < fewest.held ? copies : fewest));
}
