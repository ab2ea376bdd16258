import { describe, expect, it } from '@jest/globals';
import type { CrateStatusView, MessageStatus } from '@holdfast/client';
import { endRemarks, messageJson, messageLine, messageText } from './message-lines.js';

const crate = (more: Partial<CrateStatusView> = {}): CrateStatusView => ({
  crate: 'crate',
  to: 'bob',
  status: 'accepted',
  expiresAt: 1_800_003_600,
  custody: [{ archive: 'A', url: 'https://a.example', iat: 1_800_000_000 }],
  copies: { wanted: 2, possible: 3 },
  pending: [],
  ...more,
});
const message = (more: Partial<MessageStatus> = {}): MessageStatus => ({
  id: 'ID',
  status: 'accepted',
  safe: false,
  sentAt: 1_800_000_000,
  copies: { held: 1, wanted: 2, possible: 3 },
  crates: [crate()],
  ...more,
});

const nobody = (): undefined => undefined;

describe('a sent message for the eyes', () => {
  it('says how many hold it, and how many could where that is less than was wanted', () => {
    expect(messageLine(message())).toBe('ID  accepted  signed for by 1 of 2 archives');
    const alone = { held: 1, wanted: 2, possible: 1 };
    expect(messageLine(message({ status: 'durable', copies: alone }))).toBe(
      'ID  durable  signed for by 1 archive, the only one known (2 wanted)',
    );
    expect(messageLine(message({ status: 'delivered', safe: true }))).toBe('ID  delivered');
    expect(messageLine(message({ safe: true }))).toBe('ID  accepted  safe  signed for by 1 of 2 archives');
  });

  it('says who holds it, who is still to have it, through whom, and when that is tried again', () => {
    const pending = [
      { url: 'https://b.example', via: 'https://a.example', attempts: 3, nextAttemptAt: 1_800_000_069 },
      { url: 'https://c.example', attempts: 1, code: 'quota-exceeded', quota: 'mailbox-bytes' },
      { url: 'https://d.example', attempts: 0 },
    ];
    expect(messageText(message({ crates: [crate({ pending })] }), nobody).split('\n')).toEqual([
      'ID  accepted  signed for by 1 of 2 archives',
      '  bob  accepted  until 2027-01-15 09:00 UTC',
      '    held by https://a.example since 2027-01-15 08:00 UTC',
      '    pending at https://b.example through https://a.example: 3 attempts, next attempt at 2027-01-15 08:01:09 UTC',
      '    pending at https://c.example: 1 attempt (quota-exceeded: mailbox-bytes), goes there with the next command that reaches it',
      '    pending at https://d.example: not reached yet, goes there with the next command that reaches it',
    ]);
  });

  it('is one line when it is over, and leaves out what was sent again', () => {
    const crates = [crate({ status: 'expired', resent: true }), crate({ status: 'delivered' })];
    expect(messageText(message({ status: 'delivered', safe: true, crates }), nobody)).toBe('ID  delivered');
    const two = [crate({ status: 'delivered' }), crate({ to: 'carol', status: 'expired' })];
    expect(messageText(message({ status: 'expired', safe: true, crates: two }), nobody)).toBe(
      'ID  expired  safe\n  bob  delivered\n  carol  expired',
    );
  });

  it('calls recipients by their names, also for programs', () => {
    const nameOf = (identity: string) => (identity === 'bob' ? 'robert' : undefined);
    expect(messageText(message(), nameOf)).toContain('\n  robert  accepted');
    expect(messageJson(message(), nameOf).crates).toEqual([{ ...crate(), name: 'robert' }]);
    expect(messageJson(message(), nobody)).toEqual(message());
  });

  it('says what can be done about what ended without a proof, and nothing about what was sent again', () => {
    const crates = [crate({ status: 'expired' }), crate({ to: 'carol', status: 'discarded' })];
    expect(endRemarks(message({ crates }), nobody)).toEqual([
      'It expired, and nothing proves that bob opened it: "holdfast resend ID" sends it again.',
      expect.stringMatching(/^carol took it .*"holdfast resend ID" sends it again\.$/),
    ]);
    const again = [crate({ status: 'expired', resent: true }), crate()];
    expect(endRemarks(message({ crates: again }), nobody)).toEqual([]);
  });

  it('says of how many archives that are known it asked how many', () => {
    const copies = { held: 0, wanted: 3, possible: 2 };
    expect(messageLine(message({ status: 'local', copies }))).toBe(
      'ID  local  signed for by 0 of the 2 archives known (3 wanted)',
    );
  });
});
