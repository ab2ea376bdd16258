/** How a client stands in the overlay, as applications are told: `client.overlay()`. */
import type { ErrorCode } from '@holdfast/protocol';
import type { DhtStatus, Role } from '@holdfast/dht';

export type OverlayChoice = 'server' | 'observer' | 'off';

/**
 * Why a client is not in the overlay. `off`: it was not asked for. `joining`: it has just begun. `refused`: the archives
 * that can be reached do not let it in (see `archives`). `unreachable`: no archive can be reached, and there is no direct
 * link. `alone`: it is joined, and no other client has answered yet.
 */
export type WhyNotInOverlay = 'off' | 'joining' | 'refused' | 'unreachable' | 'alone';

export interface OverlayArchive {
  readonly url: string;
  readonly isJoined: boolean;
  /** Why it is not joined, where joining has failed. */
  readonly code?: ErrorCode;
  readonly detail?: string;
}

export interface OverlayStatus {
  /** Whether other clients can be asked. */
  readonly isIn: boolean;
  readonly whyNot?: WhyNotInOverlay;
  readonly asked: OverlayChoice;
  /** What it is now: a server begins as observer, and is one while its page is hidden or its network metered. */
  readonly role: Role;
  /** Its node id, while it has one. It follows from its key and the archive that it is joined at. */
  readonly node?: string;
  readonly archives: readonly OverlayArchive[];
  /** Other clients that it knows and that have answered. */
  readonly contacts: number;
  /** Direct links that are open. */
  readonly links: number;
  readonly held: DhtStatus['held'];
  /** Frames of others that were dropped here: for another node, forged, stale, or too many. */
  readonly framesDropped: number;
  /** Own frames that were not sent, for the archive carries no more: own requests, answers to others, care of the store. */
  readonly framesUnsent: FramesUnsent;
}

export interface FramesUnsent {
  readonly own: number;
  readonly answers: number;
  readonly upkeep: number;
}

export const nothingHeld: DhtStatus['held'] = { items: 0, bytes: 0, pinned: 0, cached: 0 };

export const noFramesUnsent: FramesUnsent = { own: 0, answers: 0, upkeep: 0 };

export const noOverlay: OverlayStatus = {
  isIn: false,
  whyNot: 'off',
  asked: 'off',
  role: 'observer',
  archives: [],
  contacts: 0,
  links: 0,
  held: nothingHeld,
  framesDropped: 0,
  framesUnsent: noFramesUnsent,
};
