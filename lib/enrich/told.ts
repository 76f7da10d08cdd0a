import { intColumn, type FlowColumn, type IntColumn, type TextColumn } from '../flows/columns.js';
import { TextNumbers } from '../flows/text-numbers.js';

/** Texts whose values are remembered. */
const mostTexts = 65_536;
/** Values that are kept, also those of texts that were forgotten meanwhile; then they begin anew. */
const mostKept = 4 * mostTexts;

/** What is told of a text: a value for each column that it adds. */
export type Told = readonly (number | string | null)[];

/** The values that one column may have, by number: they lie close together, as each row of a batch goes to another one. */
interface Values {
  add(value: number | string | null): void;
  /** The column whose rows have the values of these numbers. */
  column(numbers: Int32Array): FlowColumn;
}

/** Columns that tell of the texts of another one, each text looked up once in a while. */
export class ToldColumns {
  readonly #types: readonly ('int' | 'text')[];
  readonly #tell: (text: string) => Told;
  #numbers!: TextNumbers;
  #values!: readonly Values[];
  #kept = 0;

  /** @param types of the columns, @param tell tells their values */
  constructor(types: readonly ('int' | 'text')[], tell: (text: string) => Told) {
    this.#types = types;
    this.#tell = tell;
    this.#begin();
  }

  /** What is told of each row of a column. */
  of({ bytes, offsets }: TextColumn): FlowColumn[] {
    if (this.#kept > mostKept) this.#begin();
    const numbers = new Int32Array(offsets.length - 1);
    for (let row = 0; row < numbers.length; row++) numbers[row] = this.#numbers.of(bytes, offsets[row]!, offsets[row + 1]!);
    return this.#values.map((values) => values.column(numbers));
  }

  #begin(): void {
    const decoder = new TextDecoder();
    this.#kept = 0;
    this.#values = this.#types.map((type) => (type === 'int' ? new Integers() : new Texts()));
    this.#numbers = new TextNumbers(mostTexts, (bytes, from, to) => {
      this.#tell(decoder.decode(bytes.subarray(from, to))).forEach((value, index) => this.#values[index]!.add(value));
      return this.#kept++;
    });
  }
}

/** Integers from 0 to 2^32 - 1. */
class Integers implements Values {
  #values = new Float64Array(1024);
  #count = 0;

  add(value: number | null): void {
    if (this.#count === this.#values.length) this.#values = doubled(this.#values, new Float64Array(2 * this.#count));
    this.#values[this.#count++] = value ?? NaN;
  }

  column(numbers: Int32Array): IntColumn {
    const valid = new Uint8Array(numbers.length);
    const values = this.#values;
    const column = intColumn(new BigInt64Array(numbers.length), valid);
    let nulls = 0;
    for (let row = 0; row < numbers.length; row++) {
      const value = values[numbers[row]!]!;
      if (value >= 0) {
        column.halves[2 * row] = value;
        valid[row] = 1;
      } else nulls++;
    }
    return nulls === 0 ? { ...column, valid: null } : column;
  }
}

/** Texts, each different one once, one behind the other. */
class Texts implements Values {
  readonly #places = new Map<string, number>();
  /** By number: where the text begins, and its length; -1 for null. */
  #texts = new Int32Array(2048);
  #count = 0;
  #bytes = new Uint8Array(4096);
  #end = 0;

  add(text: string | null): void {
    const at = 2 * this.#count++;
    if (at === this.#texts.length) this.#texts = doubled(this.#texts, new Int32Array(2 * at));
    if (text === null) {
      this.#texts[at + 1] = -1;
      return;
    }
    const bytes = Buffer.from(text);
    let place = this.#places.get(text);
    if (place === undefined) {
      this.#places.set(text, (place = this.#end));
      while (this.#end + bytes.length > this.#bytes.length) this.#bytes = doubled(this.#bytes, new Uint8Array(2 * this.#bytes.length));
      this.#bytes.set(bytes, place);
      this.#end += bytes.length;
    }
    this.#texts[at] = place;
    this.#texts[at + 1] = bytes.length;
  }

  column(numbers: Int32Array): TextColumn {
    const texts = this.#texts;
    const valid = new Uint8Array(numbers.length);
    const offsets = new Int32Array(numbers.length + 1);
    let nulls = 0;
    for (let row = 0; row < numbers.length; row++) {
      const length = texts[2 * numbers[row]! + 1]!;
      offsets[row + 1] = offsets[row]! + Math.max(0, length);
      if (length < 0) nulls++;
      else valid[row] = 1;
    }
    const bytes = new Uint8Array(offsets[numbers.length]!);
    const from = this.#bytes;
    let at = 0;
    for (let row = 0; row < numbers.length; row++) {
      let place = texts[2 * numbers[row]!]!;
      for (const end = offsets[row + 1]!; at < end; at++) bytes[at] = from[place++]!; // of short texts faster than set()
    }
    return { type: 'text', offsets, bytes, valid: nulls === 0 ? null : valid };
  }
}

function doubled<T extends Float64Array | Int32Array | Uint8Array>(values: T, larger: T): T {
  larger.set(values as never);
  return larger;
}
