import type { Measure } from '../gather/groups.js';
import { count, scale } from '../../text/quantity.js';
import { edges } from '../gather/scale.js';

export { count };

const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** A number with a prefix of the metric system: 1.2 M. */
export function short(value: number): string {
  const [size, prefix] = scale(value, prefixes);
  return prefix === '' && Number.isInteger(size) ? `${size}` : `${Number(size.toPrecision(3))} ${prefix}`.trimEnd();
}

/** Bytes: 1.2 MB. */
export function bytes(value: number): string {
  const text = short(value);
  return /[a-zA-Z]$/.test(text) ? `${text}B` : `${text} B`;
}

/** A value of a measure. */
export function amount(value: number, measure: Measure): string {
  return measure === 'bytes' ? bytes(value) : short(value);
}

/** A share of a whole in per cent. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '';
  const share = (100 * part) / whole;
  return share > 0 && share < 0.1 ? '<0.1 %' : `${share.toFixed(1)} %`;
}

/** Milliseconds as people say them. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 120_000) return `${Number((ms / 1000).toPrecision(3))} s`;
  if (ms < 7_200_000) return `${Number((ms / 60_000).toPrecision(3))} min`;
  return ms < 172_800_000 ? `${Number((ms / 3_600_000).toPrecision(3))} h` : `${Number((ms / 86_400_000).toPrecision(3))} d`;
}

/** A time in UTC, without its date where `short` is asked for. */
export function time(ms: number, precise = false): string {
  if (!(Math.abs(ms) <= 8.64e15)) return `${ms} ms`;
  const iso = new Date(ms).toISOString().replace('T', ' ');
  return precise ? iso.slice(0, 23) : iso.slice(0, 19);
}

const tops = (unit: (value: number) => string): readonly string[] => ['below 1', ...edges.map((edge) => unit(edge))];

/** The lower ends of the classes of each distribution. */
export const classes = {
  duration: tops(duration),
  size: tops(bytes),
  rate: tops((value) => `${bytes(value)}/s`),
} as const;

/** A text that fits a place in a figure. */
export function fit(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** A value of a flow as text, with all its digits; a list as Python prints it. */
export function exactly(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return `${value}`;
  return value === null || value === undefined ? '' : `[${Array.from(value as ArrayLike<number | bigint>).join(', ')}]`;
}
