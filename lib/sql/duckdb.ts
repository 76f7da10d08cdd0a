import { findPeer } from '../peer.js';

/** A value of DuckDB's that is no value of JavaScript; its text is what DuckDB prints. */
export interface SqlValue {
  toString(): string;
}

/** A column's type. */
export interface SqlType {
  readonly typeId: number;
  toString(): string;
}

/** Up to 2,048 rows. */
export interface SqlChunk {
  readonly chunk: unknown;
  readonly rowCount: number;
  getColumnValues(index: number): unknown[];
  setColumnValues(index: number, values: readonly unknown[]): void;
}

/** The rows that a statement gives. */
export interface SqlResult {
  readonly statementType: number;
  deduplicatedColumnNames(): string[];
  columnTypes(): SqlType[];
  fetchChunk(): Promise<SqlChunk | null>;
}

/** What of a connection of @duckdb/node-api is used: its types can't be imported where it is not installed. */
export interface SqlConnection {
  run(sql: string): Promise<unknown>;
  stream(sql: string): Promise<SqlResult>;
  createAppender(table: string): Promise<{ appendDataChunk(chunk: any): void; closeSync(): void }>;
  extractStatements(sql: string): Promise<{ readonly count: number; prepare(index: number): Promise<{ stream(): Promise<SqlResult>; destroySync(): void }> }>;
  interrupt(): void;
  closeSync(): void;
}

/** What of the package is used. */
export interface DuckDb {
  readonly DuckDBInstance: {
    create(path: string, options: Readonly<Record<string, string>>): Promise<{ connect(): Promise<SqlConnection>; closeSync(): void }>;
  };
  readonly DuckDBDataChunk: { create(types: readonly SqlType[], rows: number): SqlChunk };
  readonly DuckDBTypeId: Readonly<Record<string, number>>;
  readonly DuckDBListValue: new (items: readonly unknown[]) => SqlValue;
  readonly [type: string]: unknown;
}

/** The layer below, for whole columns of bytes. */
export interface DuckDbBindings {
  data_chunk_get_vector(chunk: unknown, index: number): unknown;
  copy_data_to_vector(vector: unknown, at: number, source: ArrayBuffer, from: number, bytes: number): void;
  vector_ensure_validity_writable(vector: unknown): void;
  copy_data_to_vector_validity(vector: unknown, at: number, source: ArrayBuffer, from: number, bytes: number): void;
  vector_assign_string_element_len(vector: unknown, row: number, bytes: Uint8Array): void;
}

let loaded: { readonly api: DuckDb; readonly bindings: DuckDbBindings } | null = null;

/**
 * DuckDB, loaded when it is needed first.
 * @throws {FlowError} ERR_NFSTREAM_PEER when it is not installed, or can't be loaded
 */
export function loadDuckDb(): { readonly api: DuckDb; readonly bindings: DuckDbBindings } {
  if (loaded !== null) return loaded;
  const { load } = findPeer({ user: 'SQL', name: '@duckdb/node-api', install: 'npm install' });
  return (loaded = { api: load() as DuckDb, bindings: load('@duckdb/node-bindings') as DuckDbBindings });
}

/** A name as SQL has it, whatever is in it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL has it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
