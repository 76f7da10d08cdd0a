import { isRecord } from '../is-record.js';

/** What a run that made pieces says of itself in its row of bounds, in the column piece_run. Times are milliseconds, null for never. */
export interface PieceRun {
  /** The last clock in nanoseconds since the epoch, as text; null without a packet that moved it. */
  readonly clock: string | null;
  readonly idleTimeout: number | null;
  readonly activityTimeout: number | null;
  readonly timeUnit: 'ms' | 'us' | 'ns';
  readonly accountingMode: string;
  readonly payloadBytes: number;
  readonly entropyBytes: number;
  readonly dissections: number;
}

/** What decides how values of pieces go together: runs that differ in it don't. */
export const sharedOptions = ['idleTimeout', 'activityTimeout', 'timeUnit', 'accountingMode', 'payloadBytes', 'entropyBytes', 'dissections'] as const;

/** Reads the text of piece_run, which comes from a file; null when it is none. */
export function parsePieceRun(text: string): PieceRun | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // told by whoever knows the capture
  }
  if (!isRecord(value)) return null;
  const { clock, idleTimeout, activityTimeout, timeUnit, accountingMode, payloadBytes, entropyBytes, dissections } = value;
  const sound =
    (clock === null || (typeof clock === 'string' && /^-?\d{1,19}$/.test(clock))) &&
    [idleTimeout, activityTimeout].every((ms) => ms === null || isCount(ms)) &&
    ['ms', 'us', 'ns'].includes(timeUnit as string) &&
    typeof accountingMode === 'string' &&
    [payloadBytes, entropyBytes, dissections].every(isCount);
  return sound ? (value as unknown as PieceRun) : null;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
