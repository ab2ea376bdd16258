/** How a client stands in the overlay, for the eyes; and what to do when it is not in it. */
import type { OverlayArchive, OverlayStatus, WhyNotInOverlay } from '@holdfast/client';
import { printable } from './output.js';

export function overlayText(status: OverlayStatus): string {
  const { whyNot, role, node, contacts, links, held, archives } = status;
  const { own, answers, upkeep } = status.framesUnsent;
  const unsent = own + answers + upkeep;
  const first =
    whyNot === undefined ? `in the overlay, as ${role}` : `not in the overlay: ${reasons[whyNot].what}`;
  return [
    first,
    ...(node === undefined ? [] : [`node      ${node}`]),
    `contacts  ${contacts} that answer, ${links} by a direct link`,
    `held      ${held.items} items, ${held.bytes} bytes`,
    ...archives.map(archiveLine),
    ...(unsent === 0 ? [] : [`unsent    ${unsent} frames, over what the archive carries for one client`]),
    ...(whyNot === undefined ? [] : [`to do     ${reasons[whyNot].toDo}`]),
  ].join('\n');
}

function archiveLine({ url, isJoined, code, detail }: OverlayArchive): string {
  const why = code === undefined ? 'not needed' : `not joined: ${printable(detail ?? '')} (${code})`;
  return `archive   ${printable(url)}  ${isJoined ? 'joined' : why}`;
}

const reasons: Record<WhyNotInOverlay, { readonly what: string; readonly toDo: string }> = {
  off: {
    what: 'it is turned off',
    toDo: 'set HOLDFAST_OVERLAY to observer or server',
  },
  joining: {
    what: 'no archive has answered yet',
    toDo: 'try again with a longer --timeout, and see that the archive answers: holdfast archive doctor',
  },
  refused: {
    what: 'no archive lets it join',
    toDo: 'use another archive, one that relays between clients: --archive',
  },
  unreachable: {
    what: 'no archive can be reached',
    toDo: 'check the network and --archive; clients that have direct links go on meanwhile',
  },
  alone: {
    what: 'it has joined, and no other client has answered',
    toDo: 'nothing, when nobody else serves here yet; you can: HOLDFAST_OVERLAY=server with follow',
  },
};
