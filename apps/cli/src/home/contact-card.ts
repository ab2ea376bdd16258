/** The card that people give each other: `holdfast:<author>?archive=<url>&archive=<url>`, one line that fits a QR code. */
import { decodePublicKey, HoldfastError, limits } from '@holdfast/protocol';
import { archiveUrls } from '../arguments/option-values.js';

export interface ContactCard {
  /** A public key in base64url. */
  readonly author: string;
  readonly archives: readonly string[];
}

const scheme = 'holdfast:';

export const formatContactCard = ({ author, archives }: ContactCard): string =>
  `${scheme}${author}${archives.map((url, i) => `${i === 0 ? '?' : '&'}archive=${encodeURIComponent(url)}`).join('')}`;

/** A bare public key counts as a card without archives. */
export function parseContactCard(text: string): ContactCard {
  const [author = '', query = ''] = text.trim().replace(scheme, '').split('?', 2);
  if (decodePublicKey(author) === undefined) {
    throw invalidCard('it must begin with holdfast: and a public key of 43 characters');
  }
  const parameters = new URLSearchParams(query);
  const archives = parameters.getAll('archive');
  if (archives.length > limits.cardArchivesMax) {
    throw invalidCard(`it may name at most ${limits.cardArchivesMax} archives`);
  }
  return { author, archives: archives.flatMap((url) => archiveUrls(url)) };
}

const invalidCard = (why: string): HoldfastError =>
  new HoldfastError(
    'card-invalid',
    `That is not a contact card: ${why}. Ask for what "holdfast contact show" prints.`,
  );
