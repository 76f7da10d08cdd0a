import { invalidOption } from '../errors.js';
import { columnForNames } from '../files/partition-key.js';
import { longestName, pathPiece, percentEncoded } from '../files/path-piece.js';
import { exactAt, type FlowColumn } from '../flows/columns.js';
import type { FlowBatch } from '../flows/flow-batch.js';

/** What stands for a value that is null or ''. A value that looks like it is written otherwise. */
const nothing = '-';

/** The least bytes that a value has room for: what tells long ones apart. */
const leastPiece = 24;

/** A piece of a name: text as it is, or a column of flows. */
type Piece = string | { readonly column: string };

/**
 * A pattern of names by flows, `flows/{id}.pcapng`: `{column}` is the value of a column of text or integers, `%{` a brace and `%%` a percent sign. Flows that have one name share a file. What
 * comes from a flow stays inside its part of the path, whatever the network has put into it.
 */
export class FlowNames {
  readonly #pattern: string;
  /** By the parts of the path, what each consists of. */
  readonly #parts: readonly (readonly Piece[])[];

  /** @throws {FlowError} ERR_NFSTREAM_OPTION_RANGE for a pattern without a column, or with what no pattern has */
  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#parts = partsOf(pattern);
    if (!this.#parts.flat().some(isColumn)) throw invalidPattern('a column of flows, such as {id},', pattern);
  }

  /** Gives the path of each row's flow. @param ids its `{id}` @throws {FlowError} ERR_NFSTREAM_COLUMN */
  of(batch: FlowBatch, ids: FlowColumn): (row: number) => string {
    const parts = this.#parts.map((pieces) => this.#part(pieces, batch, ids));
    return (row) => parts.map((part) => part(row)).join('/');
  }

  #part(pieces: readonly Piece[], batch: FlowBatch, ids: FlowColumn): (row: number) => string {
    const fixed = pieces.filter((piece) => typeof piece === 'string').join('');
    const values = pieces.filter(isColumn).length;
    if (values === 0) return () => fixed;
    const most = Math.max(leastPiece, Math.floor((longestName - Buffer.byteLength(fixed)) / values));
    const made = pieces.map((piece) => (isColumn(piece) ? this.#value(piece.column, batch, ids, most) : () => piece));
    return (row) => {
      const part = made.map((piece) => piece(row)).join('');
      return part === '.' || part === '..' ? part.replaceAll('.', percentEncoded) : part;
    };
  }

  #value(name: string, batch: FlowBatch, ids: FlowColumn, most: number): (row: number) => string {
    const column = name === 'id' ? ids : batch.columns[columnForNames(batch.schema, name, this.#pattern, 'files')]!;
    return (row) => {
      const value = String(exactAt(column, row) ?? '');
      if (value === '') return nothing;
      return value === nothing ? percentEncoded(nothing) : pathPiece(value, most);
    };
  }
}

function isColumn(piece: Piece): piece is { readonly column: string } {
  return typeof piece !== 'string';
}

function partsOf(pattern: string): Piece[][] {
  const parts: Piece[][] = [[]];
  for (const [text, directive, column] of pattern.matchAll(/%(.?)|\{([^{}]*)\}|[^%{]+|\{/gsu)) {
    if (directive !== undefined && directive !== '%' && directive !== '{') throw invalidPattern('no other % than %% and %{', pattern);
    if (column !== undefined) {
      parts.at(-1)!.push({ column });
      continue;
    }
    const [first, ...more] = (directive ?? text).split('/');
    parts.at(-1)!.push(first!);
    for (const part of more) parts.push([part]);
  }
  return parts;
}

function invalidPattern(expected: string, pattern: string): ReturnType<typeof invalidOption> {
  return invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the names of the files of flows', expected, pattern);
}
