import { FlowError } from '../errors.js';
import type { Field, FieldMerge } from '../schema/fields.js';
import { basicPieceFields, missingFor, pieceFields, stitchedFields } from '../schema/piece-fields.js';
import { Schema } from '../schema/schema.js';

/** Which packets a column tells of: 0 all of the flow, 1 those from source to destination, 2 those back. */
export type Direction = 0 | 1 | 2;

/** A column of pieces, and how it goes into the flow. */
export interface PlannedColumn {
  readonly index: number;
  readonly field: Field;
  readonly merge: FieldMerge;
  readonly direction: Direction;
  /** The same of the other direction: its values are taken of a piece that is turned round. */
  readonly opposite: number;
  /** Of a column of SYNs: that of the first window, which tells whether there was one; -1 without it. */
  readonly syn: number;
}

/** Where stitching finds what it needs in pieces of one schema, and the schema of what comes of them. */
export class Plan {
  readonly input: Schema;
  readonly output: Schema;
  /** Columns of the input that the output has, in its order; behind them stand those of {@link stitchedFields}. */
  readonly kept: readonly number[];
  readonly columns: readonly PlannedColumn[];
  readonly #places: ReadonlyMap<string, number>;

  /** @throws {FlowError} ERR_NFSTREAM_STITCH when the columns of pieces are not there */
  constructor(input: Schema, keepPlaces: boolean) {
    this.input = input;
    this.#places = new Map(input.fields.map((field, index) => [field.name, index]));
    if (this.at('stitch_inexact') >= 0)
      throw new FlowError('ERR_NFSTREAM_STITCH', 'These flows were stitched already; stitch the pieces of all captures at once.');
    const sound = (name: string): boolean => input.fields[this.at(name)]?.type === typeOf.get(name);
    const missing = [...basicPieceFields.map(({ name }) => name), ...input.fields.flatMap((field) => missingFor(field, sound))].find((name) => !sound(name));
    if (missing !== undefined)
      throw new FlowError('ERR_NFSTREAM_STITCH', `These flows are no pieces: they have no column ${missing}. Make them with partial (--partial).`);
    this.columns = input.fields.map((field, index) => this.#planned(field, index));
    this.kept = this.columns
      .filter(({ field, merge }) => merge !== 'remade' && (merge !== 'piece' || (keepPlaces && placeNames.has(field.name))))
      .map(({ index }) => index);
    const fields = this.kept.map((index) => {
      const { field, merge } = this.columns[index]!;
      return merge === 'none' ? Object.freeze({ ...field, nullable: true as const }) : field;
    });
    this.output = new Schema([...fields, ...stitchedFields], input.run, input.metadata);
  }

  /** Whether pieces have the columns of this part. */
  has(part: PiecePart): boolean {
    return this.at(parts[part]) >= 0;
  }

  /** The index of a column; -1 when it is not there. */
  at(name: string): number {
    return this.#places.get(name) ?? -1;
  }

  #planned(field: Field, index: number): PlannedColumn {
    const merge = field.merge ?? 'none';
    const direction = directionOf(field.name);
    const opposite = 'user' in field || (direction === 0 && merge !== 'piece') ? index : this.at(otherWay(field.name));
    const syn = merge === 'with the SYN' ? this.at(`${direction === 1 ? 'src2dst' : 'dst2src'}_initial_window`) : -1;
    return { index, field, merge: opposite < 0 ? 'none' : merge, direction, opposite: Math.max(opposite, 0), syn };
  }
}

/** What pieces may have besides what all have. */
export type PiecePart = keyof typeof parts;

/** Columns that tell what a file of pieces has besides those that all have. */
const parts = { squares: 'piece_src2dst_ps_squares', periods: 'piece_active_periods', windows: 'piece_syns', payloads: 'piece_src2dst_payload' } as const;

/** Where the last piece of a flow stands in the order of the whole run. */
const placeNames: ReadonlySet<string> = new Set(['piece_point', 'piece_clock_ns', 'piece_capture', 'piece_last_packet']);

const typeOf = new Map(pieceFields.map(({ name, type }) => [name, type]));

function directionOf(name: string): Direction {
  if (/^(src2dst|src_to_dst)_/.test(name)) return 1;
  return /^(dst2src|dst_to_src)_/.test(name) ? 2 : 0;
}

function otherWay(name: string): string {
  return name.replace(/src2dst|dst2src|src_to_dst|dst_to_src/, (way) => ways[way as keyof typeof ways]);
}

const ways = { src2dst: 'dst2src', dst2src: 'src2dst', src_to_dst: 'dst_to_src', dst_to_src: 'src_to_dst' } as const;
