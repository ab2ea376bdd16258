/** The first byte of every message: version 1. Versions of this protocol are 0x60 to 0x6f. */
export const versionByte = 0x61;

export const isVersionByte = (byte: number): boolean => byte >= 0x60 && byte <= 0x6f;
