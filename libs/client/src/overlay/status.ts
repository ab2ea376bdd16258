/** Puts together what `client.overlay()` tells. */
import type { Role } from '@holdfast/dht';
import type { ArchiveConnection } from '../client.js';
import type { OverlayNode } from './node/overlay-node.js';
import {
  noFramesUnsent,
  nothingHeld,
  type OverlayArchive,
  type OverlayChoice,
  type OverlayStatus,
  type WhyNotInOverlay,
} from './overlay-contract.js';

export interface Standpoint {
  readonly asked: OverlayChoice;
  readonly role: Role;
  /** Those where it can join. */
  readonly links: readonly ArchiveConnection[];
  readonly archives: readonly OverlayArchive[];
  readonly isJoined: boolean;
  readonly node: OverlayNode | undefined;
}

export function statusOf(standpoint: Standpoint): OverlayStatus {
  const { asked, role, archives, node } = standpoint;
  const status = node?.shell.node.status;
  const links = node?.links ?? 0;
  const whyNot = whyNotIn(standpoint, status?.contacts ?? 0, links);
  return {
    isIn: whyNot === undefined,
    ...(whyNot === undefined ? {} : { whyNot }),
    asked,
    role,
    ...(node === undefined ? {} : { node: node.shell.node.self.id.text }),
    archives,
    contacts: status?.contacts ?? 0,
    links,
    held: status?.held ?? nothingHeld,
    framesDropped: node?.traffic.dropped ?? 0,
    framesUnsent: node?.traffic.unsent ?? noFramesUnsent,
  };
}

function whyNotIn(
  { links: archives, isJoined, archives: joining }: Standpoint,
  contacts: number,
  links: number,
): WhyNotInOverlay | undefined {
  if (isJoined || links > 0) return contacts === 0 ? 'alone' : undefined;
  if (archives.every(({ state }) => state.name === 'waiting' || state.name === 'closed')) {
    return 'unreachable';
  }
  // One that does not let it in says nothing about the next.
  const mayLetIn = ({ url, state }: ArchiveConnection): boolean =>
    state.name === 'connecting' ||
    (state.name === 'open' && !joining.some((one) => one.url === url && one.code !== undefined));
  return archives.some(mayLetIn) ? 'joining' : 'refused';
}
