/** A count, which is a whole number below 10^21, with its thousands apart: `1,234,567`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A count and its noun: `1 flow`, `2 flows`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A count in at most seven characters: exact below ten million, `12.3 M` above. */
export function shortCount(value: number): string {
  return value < 10_000_000 ? String(value) : scaled(value, ['', 'k', 'M', 'G', 'T', 'P']);
}

/** A number of bytes in at most seven characters, in decimal units: `123 B`, `1.2 kB`, `345 MB`. */
export function shortBytes(value: number): string {
  return scaled(value, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
}

function scaled(value: number, units: readonly string[]): string {
  const [size, unit] = scale(value, units);
  const digits = unit !== units[0] && size < 99.95 ? size.toFixed(1) : size.toFixed(0);
  return `${digits} ${unit}`.trimEnd();
}

/** A value in the unit, of those that are each a thousand times the one before, that leaves it at most three digits before the point. */
export function scale(value: number, units: readonly string[]): [size: number, unit: string] {
  let size = value;
  let unit = 0;
  // 999.5 would be rounded to a fourth digit.
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return [size, units[unit]!];
}

/** A duration in at most eight characters: `0 ms`, `0.013 ms`, `345 ms`, `1.23 s`, `59.9 s`, `29m 59s`, `3h 05m`, `12d 04h`. */
export function shortDuration(ms: number): string {
  if (ms < 1) return `${Math.ceil(ms * 1000) / 1000} ms`;
  if (ms < 999.5) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'm', 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'm');
  return pair(Math.floor(minutes / 60), 24, 'd', 'h');
}

function pair(value: number, base: number, large: string, small: string): string {
  return `${Math.floor(value / base)}${large} ${String(value % base).padStart(2, '0')}${small}`;
}
