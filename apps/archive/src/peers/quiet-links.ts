/** A link on which this archive says nothing and to which it does not listen: what runs where nothing else was put in. */
import { HoldfastError } from '@holdfast/protocol';
import type { LinkEnd, LinkOpener } from './link-opener.js';

export const quietLinks: LinkOpener = {
  open: () => {
    let end = (_end: LinkEnd): void => undefined;
    const ended = new Promise<LinkEnd>((resolve) => (end = resolve));
    return {
      received: () => undefined,
      closed: () => end({ by: 'them' }),
      ended,
      stats: {
        lagRecords: undefined,
        lagSeconds: undefined,
        recordsFetched: 0,
        recordsServed: 0,
        comparedAtMs: undefined,
        differed: undefined,
      },
      compareNow: () =>
        Promise.reject(new HoldfastError('unavailable', 'This archive does not gossip on its links.')),
    };
  },
};
