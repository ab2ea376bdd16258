/** The name of an errand's job in the queue: the crate and the archive, without blanks and colons. */
export const errandName = (crate: string, url: string): string => `${crate}@${encodeURIComponent(url)}`;

export const urlOfErrand = (name: string): string => decodeURIComponent(name.slice(name.indexOf('@') + 1));
