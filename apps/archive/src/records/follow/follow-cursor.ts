/**
 * A place in an archive's log, as a text that means nothing to anybody else. It carries a short hash of the archive,
 * so that a cursor of another one is refused; the filter may change, since the place is one of the log.
 */
import { refused, type Result } from '@holdfast/protocol';
import { hash } from 'node:crypto';

const pattern = /^(\d{1,15})-([\w-]{6})$/;

export class FollowCursors {
  private readonly tag: string;

  constructor(archive: string) {
    this.tag = hash('sha256', `follow ${archive}`, 'base64url').slice(0, 6);
  }

  encode(seq: number): string {
    return `${seq}-${this.tag}`;
  }

  decode(cursor: string): Result<number> {
    const [, seq, tag] = pattern.exec(cursor) ?? [];
    if (seq === undefined || tag !== this.tag) {
      return refused('cursor-invalid', 'The cursor was not made by this archive.');
    }
    return { ok: true, value: Number(seq) };
  }
}
