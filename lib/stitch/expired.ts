import { intColumn, type FlowColumn, type FlowValue, type IntColumn, type TextColumn } from '../flows/columns.js';

/** What columns say of a flow that ended with its capture, and that a later capture has seen idle; by their names. */
const idle: Readonly<Record<string, (value: FlowValue) => FlowValue>> = {
  end_reason: () => 'idle',
  expiration_id: () => 0,
  export_reason: () => 0,
};

/** Whether a column tells why a flow ended. */
export function tellsEnd(name: string): boolean {
  return Object.hasOwn(idle, name);
}

/** The column with what it says of the rows that have expired, in memory of its own where there are any. */
export function withExpired(name: string, column: FlowColumn, expired: readonly number[]): FlowColumn {
  if (expired.length === 0) return column;
  if (column.type === 'text') return withText(column, Buffer.from(idle[name]!(null) as string), expired);
  const { values, valid, bigint } = column as IntColumn;
  const changed = intColumn(values.slice(), valid, bigint);
  const { halves } = changed;
  for (const row of expired) {
    halves[2 * row] = idle[name]!(halves[2 * row]!) as number;
    halves[2 * row + 1] = 0;
  }
  return changed;
}

function withText({ offsets, bytes, valid }: TextColumn, text: Uint8Array, expired: readonly number[]): TextColumn {
  const rows = offsets.length - 1;
  const begins = new Int32Array(rows + 1);
  for (let row = 0, next = 0; row < rows; row++) {
    const changes = expired[next] === row;
    if (changes) next++;
    begins[row + 1] = begins[row]! + (changes ? text.length : offsets[row + 1]! - offsets[row]!);
  }
  const made = new Uint8Array(begins[rows]!);
  let from = 0;
  // What stands between two of them goes as one.
  for (const row of [...expired, rows]) {
    made.set(bytes.subarray(offsets[from]!, offsets[row]!), begins[from]!);
    if (row < rows) made.set(text, begins[row]!);
    from = row + 1;
  }
  return { type: 'text', offsets: begins, bytes: made, valid };
}
