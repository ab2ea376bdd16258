/** The text of a mail: its plain parts, or else what its HTML says, without markup, links to images and styles. */
import { compile } from 'html-to-text';
import { cliLimits } from '../limits.js';
import { storableText } from './encoded-size.js';

const textOfHtml = compile({
  wordwrap: false,
  limits: {
    maxDepth: 100,
    maxChildNodes: 10_000,
    maxBaseElements: 8,
    ellipsis: '',
  },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { ignoreHref: true } },
    // Headings keep the case that they were written in.
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'].map((selector) => ({
      selector,
      options: { uppercase: false, uppercaseHeaderCells: false },
    })),
  ],
});

export interface MailText {
  readonly text: string;
  /** The HTML was so long that its end was not looked at. */
  readonly isCut: boolean;
}

/** Line breaks are "\n", and none stands at the end: an mbox and a file of its own must give one text. */
export function mailText(parts: {
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}): MailText {
  const plain = tidy(parts.text ?? '');
  if (plain !== '' || parts.html === undefined) return { text: plain, isCut: false };
  const html = parts.html.slice(0, cliLimits.mailHtmlLengthMax);
  return { text: tidy(textOfHtml(html)), isCut: html.length < parts.html.length };
}

const tidy = (text: string): string => storableText(text.replace(/\r\n?/g, '\n')).trimEnd();
