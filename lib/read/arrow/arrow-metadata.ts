/** Most fields of a schema, those inside of others included. */
const mostFields = 1 << 16;

/** Places of what is checked in the tables of Arrow's format (Message.fbs, Schema.fbs, File.fbs of Apache Arrow), counted from 0. */
const message = { header: 2, customMetadata: 4 } as const;
const recordBatch = { nodes: 1, buffers: 2, variadicBufferCounts: 4 } as const;
const dictionaryBatch = { data: 1 } as const;
const schema = { fields: 1, customMetadata: 2 } as const;
const field = { children: 5, customMetadata: 6 } as const;
const footer = { schema: 1, dictionaries: 2, recordBatches: 3 } as const;

/** The kinds of message that are read. */
const kinds = { schema: 1, dictionaryBatch: 2, recordBatch: 3 } as const;

/**
 * Checks that the lists in a message's metadata end inside of it, before apache-arrow makes an object of each of their items: a length from a file may be
 * anything.
 * @throws {RangeError}
 */
export function checkMessage(metadata: Uint8Array, kind: number): void {
  const tables = new Tables(metadata);
  const root = tables.root();
  tables.vector(root, message.customMetadata, 4);
  const header = tables.table(root, message.header);
  if (header === 0) throw new RangeError('it has no header');
  if (kind === kinds.schema) checkSchema(tables, header);
  if (kind === kinds.recordBatch) checkBatch(tables, header);
  if (kind === kinds.dictionaryBatch) checkBatch(tables, tables.table(header, dictionaryBatch.data));
}

/** Checks the lists of a file's footer. @throws {RangeError} */
export function checkFooter(bytes: Uint8Array): void {
  const tables = new Tables(bytes);
  const root = tables.root();
  checkSchema(tables, tables.table(root, footer.schema));
  tables.vector(root, footer.dictionaries, 24);
  tables.vector(root, footer.recordBatches, 24);
}

function checkSchema(tables: Tables, table: number): void {
  tables.vector(table, schema.customMetadata, 4);
  const waiting = tables.tables(table, schema.fields);
  for (let checked = 0; waiting.length > 0; checked++) {
    if (checked > mostFields) throw new RangeError(`it has more than ${mostFields} fields`);
    const one = waiting.pop()!;
    tables.vector(one, field.customMetadata, 4);
    for (const child of tables.tables(one, field.children)) waiting.push(child);
  }
}

function checkBatch(tables: Tables, table: number): void {
  tables.vector(table, recordBatch.nodes, 16);
  tables.vector(table, recordBatch.buffers, 16);
  tables.vector(table, recordBatch.variadicBufferCounts, 8);
}

/** The tables of FlatBuffers as far as their lists matter. Every read is checked by DataView. */
class Tables {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  root(): number {
    return this.#view.getUint32(0, true);
  }

  /** The table that a table's field leads to; 0 without one. */
  table(from: number, index: number): number {
    const place = this.#field(from, index);
    return place === 0 ? 0 : place + this.#view.getUint32(place, true);
  }

  /** The list of a table's field: where its first item is, and how many there are. All of it is inside. */
  vector(from: number, index: number, itemSize: number): { begin: number; length: number } {
    const at = this.table(from, index);
    if (at === 0) return { begin: 0, length: 0 };
    const length = this.#view.getUint32(at, true);
    if (at + 4 + length * itemSize > this.#view.byteLength) throw new RangeError(`it has a list of ${length} items, which it has no room for`);
    return { begin: at + 4, length };
  }

  /** The tables of a list. */
  tables(from: number, index: number): number[] {
    const { begin, length } = this.vector(from, index, 4);
    return Array.from({ length }, (_, item) => begin + 4 * item + this.#view.getUint32(begin + 4 * item, true));
  }

  #field(table: number, index: number): number {
    if (table === 0) return 0;
    const vtable = table - this.#view.getInt32(table, true);
    const slot = 4 + 2 * index;
    const offset = slot < this.#view.getUint16(vtable, true) ? this.#view.getUint16(vtable + slot, true) : 0;
    return offset === 0 ? 0 : table + offset;
  }
}
