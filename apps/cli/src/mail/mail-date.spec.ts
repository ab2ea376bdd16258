import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMailDate } from './mail-date.js';

const iso = (text: string) => {
  const seconds = parseMailDate(text);
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
};

describe('the date of a mail', () => {
  it.each([
    ['Wed, 21 Aug 2002 19:30:01 +0700', '2002-08-21T12:30:01.000Z'],
    ['Wed, 21 Aug 2002 08:33:03 -0400 (EDT)', '2002-08-21T12:33:03.000Z'],
    ['21 Aug 2002 08:33 -0400', '2002-08-21T12:33:00.000Z'],
    ['Thu,22 Aug 2002 10:00:00 GMT', '2002-08-22T10:00:00.000Z'],
    ['Fri, 29 Jun 01 01:03:58 EST', '2001-06-29T06:03:58.000Z'],
    ['Sat, 1 Jan 00 00:00:00 PDT', '2000-01-01T07:00:00.000Z'],
    ['Tue, 05 Mar 97 10:00:00 +0000', '1997-03-05T10:00:00.000Z'],
    ['Sat, 31 Dec 2016 23:59:60 +0000', '2017-01-01T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it.each([
    ['Thu, 22 Aug 0102 12:07:35 +0800', '2002-08-22T04:07:35.000Z'],
    ['27 Jun 01 3:36:25 AM', '2001-06-27T03:36:25.000Z'],
    ['28 Jun 01 10:05:15 PM', '2001-06-28T22:05:15.000Z'],
    ['28 Jun 01 12:05:15 AM', '2001-06-28T00:05:15.000Z'],
    ['Fri, 30 Aug 02 21:48:08 Eastern Daylight Time', '2002-08-30T21:48:08.000Z'],
    ['Wed, 07 Oct 2020 23:01:36 +-1900', '2020-10-08T18:01:36.000Z'],
  ])('reads what real programs have written instead: %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it('takes a time without a zone for UTC, whatever the zone of the machine is', () => {
    expect(iso('Mon, 28 Jul 1980 14:01:35')).toBe('1980-07-28T14:01:35.000Z');
  });

  it.each([
    '',
    'yesterday',
    '2002/09/14 Sat 02:29:32 CDT',
    '32 Aug 2002 10:00:00',
    '31 Jun 2002 10:00:00 +0000',
  ])('takes "%s" for no date', (text) => {
    expect(parseMailDate(text)).toBeUndefined();
  });

  it('answers whole seconds or nothing for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const seconds = parseMailDate(text);
        expect(seconds === undefined || Number.isSafeInteger(seconds)).toBe(true);
      }),
    );
  });

  it('reads every date that is written as the standard has it', () => {
    const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_799 }), (seconds) => {
        const [weekday, day, month, year, time] = new Date(seconds * 1000).toUTCString().split(/,? /);
        expect(days).toContain(weekday);
        expect(parseMailDate(`${weekday}, ${day} ${month} ${year} ${time} +0000`)).toBe(seconds);
      }),
    );
  });
});
