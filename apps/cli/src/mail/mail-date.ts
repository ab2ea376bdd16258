/**
 * The date of a mail (RFC 5322 sections 3.3 and 4.3) as seconds since 1970. Date.parse is not used: it reads a time
 * without a zone as the machine's own, and the same mail must give the same record everywhere. Read beyond the RFC,
 * because real mail has it: AM and PM, names of zones in words, and the year 0102 of programs that added 1900 too late.
 */
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Hours from UTC (RFC 5322 section 4.3); every other name counts as UTC, as the RFC wants it. */
const zoneHours: Readonly<Record<string, number>> = {
  edt: -4,
  est: -5,
  cdt: -5,
  cst: -6,
  mdt: -6,
  mst: -7,
  pdt: -7,
  pst: -8,
};

const datePattern =
  /^(?:[a-z]{3,9}\s*,?\s*)?(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?\s*(am|pm)?\s*(?:([+-]{1,2})(\d{2})(\d{2})|([a-z]{1,5}))?/i;
const lengthMax = 200;

/** @returns NumericDate seconds, possibly negative, or undefined when the text is no date */
export function parseMailDate(text: string): number | undefined {
  const match = datePattern.exec(withoutComments(text.slice(0, lengthMax)).trim());
  if (match === null) return undefined;
  const [, day, monthName, year, hour, minute, second = '0', half, sign, zoneHour, zoneMinute, zoneName] =
    match;
  const month = months.indexOf(monthName!.toLowerCase());
  const hours = hourOfDay(Number(hour), half?.toLowerCase());
  if (month < 0 || Number(day) < 1 || Number(day) > 31 || hours > 23) return undefined;
  // A leap second is written as :60.
  if (Number(minute) > 59 || Number(second) > 60) return undefined;
  const midnight = Date.UTC(fullYear(year!), month, Number(day));
  if (new Date(midnight).getUTCMonth() !== month) return undefined;
  const local = midnight / 1000 + hours * 3600 + Number(minute) * 60 + Number(second);
  const zoneSeconds =
    zoneHour === undefined
      ? (zoneHours[zoneName?.toLowerCase() ?? ''] ?? 0) * 3600
      : (sign!.endsWith('-') ? -1 : 1) * (Number(zoneHour) * 3600 + Number(zoneMinute) * 60);
  return local - zoneSeconds;
}

/** RFC 5322 section 4.3: two digits below 50 are 20xx, two or three otherwise counted from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (year < 50 && digits.length === 2) return 2000 + year;
  return year < 1000 ? 1900 + year : year;
}

function hourOfDay(hour: number, half: string | undefined): number {
  if (half === undefined || hour > 12) return hour;
  return (hour % 12) + (half === 'pm' ? 12 : 0);
}

const withoutComments = (text: string): string => text.replace(/\([^()]*\)/g, ' ');
