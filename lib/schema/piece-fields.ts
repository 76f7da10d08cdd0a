import { isRecord } from '../is-record.js';
import { fieldsOf, type Field, type FieldRow } from './field.js';

const ofCapture = { ofCapture: true, plain: true } as const;

/** Which piece of which capture it is. */
const places = fieldsOf(
  'partial',
  '',
  [
    [
      'piece_row',
      'text',
      '',
      'Whether the row is a `flow`, or the `bounds` of a capture: the one row that is no flow, since stitching needs the clock of captures without flows, too.',
      ofCapture,
    ],
    ['piece_point', 'text', '', 'The observation point, as the option observationPoint names it: pieces of several never join.', { ofCapture: true }],
    ['piece_capture', 'text', '', 'The capture, or the first of several that were one run, as it was given.', { ofCapture: true }],
    [
      'piece_clock_ns',
      'int',
      'ns',
      "The clock at the capture's first packet that moved it, in nanoseconds since the epoch; 0 without one.",
      { ofCapture: true },
    ],
    [
      'piece_run',
      'text',
      '',
      "Of a row of bounds: the capture's last clock in nanoseconds, its packets, and the options of its run that stitching needs, as JSON; empty of a flow.",
      { ofCapture: true },
    ],
    ['piece_key', 'text', '', '128 bits, in hex, over what makes packets belong to one flow; the same in both directions.', { plain: true }],
    ['piece_larger', 'int', 'flag', 'Which end of the key is the source: 1 for the larger one.', { narrow: 'uint8' }],
    [
      'piece_touches',
      'int',
      'code',
      "Bounds that the piece touches: 1 it began less than idleTimeout after the capture's first packet, 2 it ended with the capture, 3 both; 0 neither, so that it is a whole flow unless captures overlap.",
      { narrow: 'uint8' },
    ],
    ['piece_end', 'int', 'code', 'Why the piece ended, as export_reason tells it.', { column: 'export_reason' }],
    ['piece_last_packet', 'int', '', "Number of the piece's last packet in its capture, from 1; of a row of bounds how many packets there were."],
    ['piece_dissected', 'int', 'packets', 'Packets that were dissected.', { narrow: 'uint8' }],
    ['piece_label', 'int', 'code', 'How much its label says: 0 nothing, 1 a guess, 2 what dissection found.', { narrow: 'uint8' }],
    ['piece_undecided', 'int', 'flag', '1 when the dissection was not over when the piece ended.', { narrow: 'uint8' }],
  ],
  { merge: 'piece' },
);

const amounts = fieldsOf(
  'partial',
  '',
  [
    ['piece_src2dst', 'source to destination'],
    ['piece_dst2src', 'destination to source'],
  ].flatMap(([name, way]): FieldRow[] => [
    [`${name}_packets`, 'int', 'packets', `Packets from ${way}.`],
    [`${name}_bytes`, 'int', 'bytes', `Bytes from ${way}.`],
    [`${name}_first_ns`, 'int', 'ns', `Time of the first packet from ${way}, in nanoseconds since the epoch; 0 when there is none.`, { bigint: true }],
    [`${name}_last_ns`, 'int', 'ns', `Time of the last packet from ${way}, in nanoseconds since the epoch; 0 when there is none.`, { bigint: true }],
  ]),
  { merge: 'piece' },
);

const squares = fieldsOf(
  'partial',
  '',
  [
    ['src2dst_ps', 'sizes from source to destination'],
    ['dst2src_ps', 'sizes from destination to source'],
    ['bidirectional_piat', 'gaps of the flow'],
    ['src2dst_piat', 'gaps from source to destination'],
    ['dst2src_piat', 'gaps from destination to source'],
  ].flatMap(([name, what]): FieldRow[] => [
    [`piece_${name}_squares`, 'int', '', `Sum of the squares of the ${what}, in 128 bits: the lower 64.`, { bigint: true }],
    [`piece_${name}_squares_high`, 'int', '', 'The upper 64 of them.', { bigint: true }],
  ]),
  { merge: 'piece' },
);

const periods = fieldsOf(
  'partial',
  '',
  [
    ...[
      ['active', 'active periods but the first and the last'],
      ['idle', 'idle periods'],
    ].flatMap(([name, what]): FieldRow[] => [
      [`piece_${name}_periods`, 'int', '', `How many there are of the ${what}.`],
      [`piece_${name}_sum`, 'int', '', `Sum of the lengths of the ${what}, in the run's unit.`, { bigint: true }],
      [`piece_${name}_min`, 'int', '', `Shortest of the ${what}; 0 without one.`, { bigint: true }],
      [`piece_${name}_max`, 'int', '', `Longest of the ${what}; 0 without one.`, { bigint: true }],
      [`piece_${name}_squares`, 'int', '', `Sum of the squares of the lengths of the ${what}, in 128 bits: the lower 64.`, { bigint: true }],
      [`piece_${name}_squares_high`, 'int', '', 'The upper 64 of them.', { bigint: true }],
    ]),
    ['piece_first_active_ns', 'int', 'ns', 'When the first active period ended, in nanoseconds since the epoch.', { bigint: true }],
    ['piece_last_active_ns', 'int', 'ns', 'When the last active period began, in nanoseconds since the epoch.', { bigint: true }],
  ],
  { merge: 'piece' },
);

const windows = fieldsOf(
  'partial',
  '',
  [
    [
      'piece_syns',
      'int',
      'code',
      "SYNs: 1 of the source, 2 of the destination, 4 that one first; 256 times one more than the shift of the source's window, 65,536 times that of the destination's, 0 without the option.",
    ],
    ...['src2dst', 'dst2src'].flatMap((way) =>
      [
        ['before', 'before any SYN'],
        ['between', 'between the SYNs of both ends'],
        ['after', 'after the SYNs of both ends'],
      ].map(([name, when]): FieldRow => [
        `piece_${way}_window_${name}`,
        'int',
        '',
        `Largest window as it stands in segments without SYN and RST ${when}, times 65,536, and the smallest; -1 without such a segment.`,
      ]),
    ),
  ],
  { merge: 'piece' },
);

const payloads = fieldsOf(
  'partial',
  '',
  ['src2dst', 'dst2src'].map((way): FieldRow => [`piece_${way}_payload`, 'text', '', 'The payload bytes that entropies are of, in hex.', { plain: true }]),
  { merge: 'piece' },
);

/** What stitching tells of each flow. */
export const stitchedFields = fieldsOf('stitched', '', [
  ['pieces', 'int', '', 'How many pieces the flow was put together from; 1 for a flow that lies in one capture.', { merge: 'remade' }],
  ['source_files', 'text', '', 'The captures that the pieces are from, in their order, as a JSON array of names.', { merge: 'remade' }],
  [
    'stitch_inexact',
    'text',
    '',
    'Columns that may not be those of one run over all packets, with commas between them; empty when all are.',
    { merge: 'remade' },
  ],
]);

/** Groups of columns, and the rules that need them. */
const needed: readonly (readonly [rules: readonly Field['merge'][], fields: readonly Field[]])[] = [
  [['mean', 'deviation', 'mean gap', 'deviation of gaps'], squares],
  [['period'], periods],
  [['least window', 'most window'], windows],
  [['entropy'], payloads],
];

/** What stitching needs of each piece of a flow, and of each capture. */
export const pieceFields: readonly Field[] = [...places, ...amounts, ...needed.flatMap(([, fields]) => fields)];

/** Those without which there are no pieces. */
export const basicPieceFields: readonly Field[] = [...places, ...amounts];

/** Those that pieces with these columns need. */
export function pieceFieldsFor(chosen: readonly Field[]): readonly Field[] {
  return [...basicPieceFields, ...needed.flatMap(([rules, fields]) => (chosen.some(({ merge }) => rules.includes(merge)) ? fields : []))];
}

/** Columns of pieces that a column needs and that are not there. */
export function missingFor({ merge }: Pick<Field, 'merge'>, has: (name: string) => boolean): readonly string[] {
  return needed.flatMap(([rules, fields]) => (rules.includes(merge) ? fields.map(({ name }) => name).filter((name) => !has(name)) : []));
}

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
