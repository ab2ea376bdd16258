/** What a range carries. */
export const modes = { skip: 0, fingerprint: 1, idList: 2 } as const;
