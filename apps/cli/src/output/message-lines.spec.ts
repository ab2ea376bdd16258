import { describe, expect, it } from '@jest/globals';
import type { CrateStatusView, MessageStatus } from '@holdfast/client';
import { messageLine, messageText } from './message-lines.js';

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

describe('a sent message for the eyes', () => {
  it('says how many hold it, and how many could where that is less than was wanted', () => {
    expect(messageLine(message())).toBe('ID  accepted  1 of 2 copies');
    const alone = { held: 1, wanted: 2, possible: 1 };
    expect(messageLine(message({ status: 'durable', copies: alone }))).toBe(
      'ID  durable  1 of 1 possible copies (2 wanted)',
    );
    expect(messageLine(message({ status: 'delivered', safe: true }))).toBe('ID  delivered');
    expect(messageLine(message({ safe: true }))).toBe('ID  accepted  safe  1 of 2 copies');
  });

  it('says who holds it, who is still to have it, through whom, and when that is tried again', () => {
    const pending = [
      { url: 'https://b.example', via: 'https://a.example', attempts: 3, nextAttemptAt: 1_800_000_060 },
      { url: 'https://c.example', attempts: 1, code: 'quota-exceeded' },
    ];
    expect(messageText(message({ crates: [crate({ pending })] })).split('\n')).toEqual([
      'ID  accepted  1 of 2 copies',
      '  bob  accepted  until 2027-01-15 09:00',
      '    held by https://a.example since 2027-01-15 08:00',
      '    pending at https://b.example through https://a.example: 3 attempts, next attempt at 2027-01-15 08:01',
      '    pending at https://c.example: 1 attempt (quota-exceeded)',
    ]);
  });

  it('is one line when it is over, and leaves out what was sent again', () => {
    const crates = [crate({ status: 'expired', resent: true }), crate({ status: 'delivered' })];
    expect(messageText(message({ status: 'delivered', safe: true, crates }))).toBe('ID  delivered');
    const two = [crate({ status: 'delivered' }), crate({ to: 'carol', status: 'expired' })];
    expect(messageText(message({ status: 'expired', safe: true, crates: two }))).toBe(
      'ID  expired  safe\n  bob  delivered\n  carol  expired',
    );
  });
});
