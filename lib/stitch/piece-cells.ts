import type { FlowValue } from '../flows/columns.js';
import type { Amounts, Piece, Squares } from './piece.js';

/** What the columns of pieces say of two that were put together: as if one capture had held both. */
export function pieceCell(name: string, before: FlowValue, next: FlowValue, whole: Pick<Piece, 'ways' | 'squares' | 'dissected' | 'undecided'>): FlowValue {
  const [, way, amount] = /^piece_(src2dst|dst2src)_(packets|bytes|first_ns|last_ns)$/.exec(name) ?? [];
  if (way !== undefined) return whole.ways[way === 'src2dst' ? 0 : 1][amount!.replace('_ns', '') as keyof Amounts];
  const [, of, high] = /^piece_(\w+)_squares(_high)?$/.exec(name) ?? [];
  if (of !== undefined) return halfOf(sumsBy(whole.squares!)[of]!, high !== undefined);
  switch (name) {
    case 'piece_larger':
      return before;
    case 'piece_touches':
      return (Number(before) & 1) | (Number(next) & 2);
    case 'piece_dissected':
      return whole.dissected;
    case 'piece_undecided':
      return whole.undecided ? 1 : 0;
    default:
      return next; // it stands where its last piece does
  }
}

function sumsBy({ sizes, gaps }: Squares): Readonly<Record<string, bigint>> {
  return { src2dst_ps: sizes[0], dst2src_ps: sizes[1], bidirectional_piat: gaps[0], src2dst_piat: gaps[1], dst2src_piat: gaps[2] };
}

function halfOf(sum: bigint, high: boolean): bigint {
  return BigInt.asIntN(64, high ? sum >> 64n : sum);
}
