import { zoneNamed, type Zone } from './zone.js';

/** A date, and a time of it down to a millisecond, with an offset or without one. */
const form = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3}))?)?)?\s*(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)?$/i;

/** Numbers below this are taken for seconds by mistake: as milliseconds they are before 3 March 1973. */
const leastMs = 1e11;

/**
 * A point in time of a rule, in milliseconds since 1970.
 * @param zone that of a time that does not name its own
 * @returns the time, or what is wrong with it, as the end of a sentence that begins with the text
 */
export function ruleTime(given: string | number | Date, zone: Zone): number | string {
  if (given instanceof Date) return Number.isNaN(given.getTime()) ? 'is no time' : given.getTime();
  if (typeof given === 'number' || /^\d{9,}$/.test(given)) return ofNumber(Number(given));
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', own] = form.exec(given) ?? [];
  if (year === undefined) return 'is no time such as 2017-07-05 09:47:00 or 2017-07-05T12:47:00Z';
  const shown = Date.UTC(+year, +month! - 1, +day!, +hour, +minute, +second, +fraction.padEnd(3, '0'));
  const date = new Date(shown);
  if (date.getUTCDate() !== +day! || +month! > 12 || +hour > 23 || +minute > 59 || +second > 59) return 'is a time that no clock shows';
  const ownZone = own === undefined ? zone : zoneNamed(own);
  if (ownZone === null) return 'has an offset that is none';
  const [time, ...others] = ownZone.at(shown);
  if (time === undefined) return 'is a time that was left out when the clocks of the zone were put forward';
  return others.length > 0 ? 'is a time that the clocks of the zone showed twice; give it with its offset' : time;
}

function ofNumber(ms: number): number | string {
  if (!Number.isSafeInteger(ms)) return 'is no whole number of milliseconds since 1970';
  return ms < leastMs ? 'is taken for milliseconds since 1970, and would be before 1973; give seconds with three zeros more' : ms;
}
