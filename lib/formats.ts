/** One row of the table of formats. */
export interface Format {
  /** A format that {@link toFile} writes. */
  readonly name: 'csv' | 'json' | 'jsonl' | 'arrow' | 'arrows' | 'parquet' | 'cic';
  /** What people call it. */
  readonly title: string;
  /** What names of files end with; none of a format that has to be asked for. */
  readonly extensions: readonly string[];
  /** The groups of options that a file of this format takes; the `format` of the first is that of the file. */
  readonly options: readonly ['file', 'csv' | 'json' | 'arrow' | 'parquet' | 'cic'];
  /** What {@link fromFile} calls it. */
  readonly reads: 'json' | 'csv' | 'arrow' | 'parquet';
  /** Whether it is text. */
  readonly text: boolean;
}

/** THE table of formats of files: what is written and read, under which names. How is in `encode/by-format.ts` and `read/readers.ts`, a row each. */
export const formats: readonly Format[] = Object.freeze([
  { name: 'json', title: 'JSON', extensions: ['.json'], options: ['file', 'json'], reads: 'json', text: true },
  { name: 'jsonl', title: 'JSON', extensions: ['.jsonl', '.ndjson'], options: ['file', 'json'], reads: 'json', text: true },
  { name: 'csv', title: 'CSV', extensions: ['.csv'], options: ['file', 'csv'], reads: 'csv', text: true },
  { name: 'arrow', title: 'Arrow', extensions: ['.arrow'], options: ['file', 'arrow'], reads: 'arrow', text: false },
  { name: 'arrows', title: 'Arrow', extensions: ['.arrows'], options: ['file', 'arrow'], reads: 'arrow', text: false },
  { name: 'parquet', title: 'Parquet', extensions: ['.parquet'], options: ['file', 'parquet'], reads: 'parquet', text: false },
  { name: 'cic', title: 'CICFlowMeter', extensions: [], options: ['file', 'cic'], reads: 'csv', text: true },
]);

/** A format that {@link toFile} writes: CSV, a JSON array, JSON Lines, Arrow's file format, Arrow's stream format, Parquet, or CSV with CICFlowMeter's columns. */
export type FormatName = Format['name'];

/** Logs of other programs that are read: Zeek's conn.log, the flow events of Suricata's EVE, and CSV of Python's nfstream. */
const foreignFormats = Object.freeze(['zeek', 'eve', 'nfstream'] as const);

/** A format that flows are read from; that of JSON Lines is `json`, that of Arrow's streams `arrow`. `zeek`, `eve` and `nfstream` are of other programs. */
export type ReadFormat = Format['reads'] | (typeof foreignFormats)[number];

/** All formats that flows are read from. */
export const readFormats: readonly ReadFormat[] = Object.freeze([...new Set(formats.map((format) => format.reads)), ...foreignFormats]);

/** The formats that take a group of options. */
export function formatsOf(group: string): readonly Format[] {
  return formats.filter((format) => (format.options as readonly string[]).includes(group));
}

/** Every dialect of CICFlowMeter's files. */
export const cicDialects = Object.freeze(['v4', '2017', '2017-labelled', '2018'] as const);

/** Whose header and columns a file of CICFlowMeter's columns has. */
export type CicDialect = (typeof cicDialects)[number];
