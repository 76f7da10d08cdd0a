import type { FlowValue } from '../flows/columns.js';
import type { Amounts, Piece } from './piece.js';
import type { Sums } from './sums.js';
import { windowCells } from './windows.js';

/** What the columns of pieces say of several that were put together, by their names: as if one capture had held all. Other columns are those of the last piece. */
export function pieceCells({
  ways,
  squares,
  periods,
  windows,
  payloads,
  dissected,
  undecided,
  label,
}: Omit<Piece, 'cells'>): Readonly<Record<string, FlowValue>> {
  return {
    ...amountCells('piece_src2dst', ways[0]),
    ...amountCells('piece_dst2src', ways[1]),
    ...(squares && {
      ...wideCells('piece_src2dst_ps_squares', squares.sizes[0]),
      ...wideCells('piece_dst2src_ps_squares', squares.sizes[1]),
      ...wideCells('piece_bidirectional_piat_squares', squares.gaps[0]),
      ...wideCells('piece_src2dst_piat_squares', squares.gaps[1]),
      ...wideCells('piece_dst2src_piat_squares', squares.gaps[2]),
    }),
    ...(periods && {
      ...sumCells('piece_active', periods.inner),
      ...sumCells('piece_idle', periods.idle),
      piece_first_active_ns: periods.firstEnded,
      piece_last_active_ns: periods.lastBegan,
    }),
    ...(windows && windowCells(windows)),
    ...(payloads && { piece_src2dst_payload: payloads[0], piece_dst2src_payload: payloads[1] }),
    piece_dissected: dissected,
    piece_undecided: undecided ? 1 : 0,
    piece_label: label,
  };
}

/** The bounds that two pieces touch together. */
export function joinedTouches(before: FlowValue, next: FlowValue): number {
  return (Number(before) & 1) | (Number(next) & 2);
}

function amountCells(name: string, { packets, bytes, first, last }: Amounts): Record<string, bigint> {
  return { [`${name}_packets`]: packets, [`${name}_bytes`]: bytes, [`${name}_first_ns`]: first, [`${name}_last_ns`]: last };
}

function wideCells(name: string, sum: bigint): Record<string, bigint> {
  return { [name]: BigInt.asIntN(64, sum), [`${name}_high`]: BigInt.asIntN(64, sum >> 64n) };
}

function sumCells(name: string, { count, sum, squares, min, max }: Sums): Record<string, bigint> {
  return { [`${name}_periods`]: count, [`${name}_sum`]: sum, [`${name}_min`]: min, [`${name}_max`]: max, ...wideCells(`${name}_squares`, squares) };
}
