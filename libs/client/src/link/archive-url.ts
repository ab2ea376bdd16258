/** The address of an archive in the one form in which addresses are compared. */
export const archiveUrl = (url: string): string => new URL(url).href.replace(/\/+$/, '');
