import { isIP } from 'node:net';
import { shown } from '../../errors.js';
import { protocolNumbers } from '../../text/protocol-names.js';
import { CellError } from '../cell-error.js';

/** What another program's log tells of one flow, by our names of columns; what is not there is null. */
export type ForeignFlow = Readonly<Record<string, number | string | null>>;

/** An address. @throws {CellError} */
export function addressOf(name: string, value: unknown): string {
  if (typeof value === 'string' && isIP(value) !== 0) return value;
  throw wrong(name, value, 'no address');
}

/** A count, as a number or by its digits; null where there is none. @throws {CellError} */
export function countOf(name: string, value: unknown, most = Number.MAX_SAFE_INTEGER): number | null {
  if (value === undefined || value === null) return null;
  const count = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (Number.isSafeInteger(count) && (count as number) >= 0 && (count as number) <= most) return count as number;
  throw wrong(name, value, `no whole number from 0 to ${most}`);
}

/** A port; null where there is none. @throws {CellError} */
export function portOf(name: string, value: unknown): number | null {
  return countOf(name, value, 65535);
}

/** A text that is not empty; null where there is none. @throws {CellError} */
export function textOf(name: string, value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw wrong(name, value, 'no text');
}

/** By name, in small letters; ICMPv6 has names of its own in these logs. */
const protocols = new Map([
  ...protocolNumbers,
  ...([
    ['ipv6', 41],
    ['icmp6', 58],
    ['ipv6-icmp', 58],
  ] as const),
]);

/** The number of a protocol by its name or its digits; null where it has none that we know. */
export function protocolOf(value: unknown): number | null {
  if (typeof value !== 'string') return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255 ? (value as number) : null;
  if (/^\d{1,3}$/.test(value) && Number(value) <= 255) return Number(value);
  return protocols.get(value.toLowerCase()) ?? null;
}

/** Seconds since 1970, or of a duration, as whole microseconds; null where there are none. @throws {CellError} */
export function microsecondsOf(name: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') {
    const decimal = /^(\d{1,10})(?:\.(\d{1,9}))?$/.exec(value);
    if (decimal !== null) return Number(decimal[1]) * 1e6 + Number((decimal[2] ?? '').padEnd(6, '0').slice(0, 6));
    const date = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))$/.exec(value);
    if (date !== null) return ofDate(date);
  }
  if (typeof value === 'number' && value >= 0 && value < 1e10) return Math.round(value * 1e6);
  throw wrong(name, value, 'no time');
}

function ofDate(date: RegExpExecArray): number {
  const [year, month, day, hour, minute, second] = date.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const offset = (date[8] === '-' ? -1 : 1) * (Number(date[9] ?? 0) * 60 + Number(date[10] ?? 0)) * 60;
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset;
  return seconds * 1e6 + Number((date[7] ?? '').padEnd(6, '0').slice(0, 6));
}

/** When a flow began and ended, and how long it was; from microseconds. */
export function timesOf(first: number | null, last: number | null): ForeignFlow {
  const ms = (time: number | null): number | null => (time === null ? null : Math.floor(time / 1000));
  const [began, ended] = [ms(first), ms(last)];
  return {
    bidirectional_first_seen_ms: began,
    bidirectional_last_seen_ms: ended,
    bidirectional_duration_ms: began === null || ended === null ? null : ended - began,
  };
}

/** Packets and bytes of both directions, and their sums where both are told. */
export function amountsOf(packets: readonly [number | null, number | null], bytes: readonly [number | null, number | null]): ForeignFlow {
  const sum = ([one, other]: readonly [number | null, number | null]): number | null => (one === null || other === null ? null : one + other);
  return {
    bidirectional_packets: sum(packets),
    bidirectional_bytes: sum(bytes),
    src2dst_packets: packets[0],
    src2dst_bytes: bytes[0],
    dst2src_packets: packets[1],
    dst2src_bytes: bytes[1],
  };
}

function wrong(name: string, value: unknown, what: string): CellError {
  return new CellError(`${name} is ${what}: ${shown(value)}`);
}
