/** A mail, or a file that was taken for one, that cannot be imported: where it is, and why. Never dropped in silence. */
import type { ErrorCode } from '@holdfast/protocol';

export interface MailPlace {
  readonly file: string;
  /** Where in the file the mail begins: 0 except in an mbox. */
  readonly offset: number;
}

export interface MailRefusal extends MailPlace {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Nothing in the file says that it is a mail at all. */
  readonly isNoMail?: true;
}

export const refusedMail = (place: MailPlace, code: ErrorCode, detail: string): MailRefusal => ({
  file: place.file,
  offset: place.offset,
  code,
  detail,
});

export const isRefusedMail = (mail: object): mail is MailRefusal => 'code' in mail;
