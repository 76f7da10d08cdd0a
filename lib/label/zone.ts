/** A zone of time: what a clock there shows, as milliseconds of UTC. */
export interface Zone {
  /**
   * The points in time at which its clocks show this, in milliseconds since 1970: one, or none where they are put forward over it, or two where they are put back.
   * @param shown what the clock shows, as if it were one of UTC
   */
  at(shown: number): readonly number[];
}

const hour = 3_600_000;
/** Clocks are changed by less than this, at most once in so long. */
const day = 24 * hour;

/** A zone with one offset from UTC, in milliseconds. */
export function fixedZone(offset: number): Zone {
  return { at: (shown) => [shown - offset] };
}

/** The zone of an offset (`+02:00`, `-0330`, `+2`, `Z`, `UTC`, `UTC-3`) or of a name of IANA's (`America/Moncton`); null when it is neither. */
export function zoneNamed(text: string): Zone | null {
  const offset = offsetOf(text.replace(/^(UTC|GMT)(?=[+-])/i, ''));
  if (offset !== null) return fixedZone(offset);
  if (!/^[A-Za-z][\w+/-]*$/.test(text)) return null;
  try {
    return ianaZone(new Intl.DateTimeFormat('en-US', { ...parts, timeZone: text }));
  } catch {
    return null; // a RangeError: there is no such zone
  }
}

/** Milliseconds of an offset, or null for a text that is none. */
function offsetOf(text: string): number | null {
  if (/^(Z|UTC|GMT)$/i.test(text)) return 0;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text) ?? [];
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59) return null;
  return (sign === '-' ? -1 : 1) * (Number(hours) * hour + Number(minutes) * 60_000);
}

const parts = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;

function ianaZone(format: Intl.DateTimeFormat): Zone {
  const offsetAt = (time: number): number => {
    const values = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const { year, month, day, hour, minute, second } = values as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
  };
  return {
    at(shown) {
      const offsets = new Set([offsetAt(shown - day), offsetAt(shown + day)]);
      return [...offsets].map((offset) => shown - offset).filter((time) => offsetAt(time) === shown - time);
    },
  };
}
