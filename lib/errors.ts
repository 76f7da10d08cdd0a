import { isRecord } from './is-record.js';

/**
 * Every code that a {@link FlowError} can carry, with what it means. Codes are stable: they never change and are never reused.
 */
export const errorCodes = {
  ERR_NFSTREAM_OPTION_UNKNOWN: 'an option that does not exist',
  ERR_NFSTREAM_OPTION_TYPE: 'an option of the wrong type',
  ERR_NFSTREAM_OPTION_RANGE: 'an option out of its range',
  ERR_NFSTREAM_NO_SUCH_FILE: 'a file that does not exist',
  ERR_NFSTREAM_IS_DIRECTORY: 'a directory where a file is needed',
  ERR_NFSTREAM_NO_CAPTURES: 'a directory in which there is no capture',
  ERR_NFSTREAM_MERGE: 'captures that cannot be merged: more of them overlap in time than may be open at once, or one is not a regular file',
  ERR_NFSTREAM_PERMISSION: 'a file that may not be read or written, or a device that may not be captured from',
  ERR_NFSTREAM_DEVICE: 'a network device that does not exist, is down, or cannot be captured from',
  ERR_NFSTREAM_DEVICE_GONE: 'a network device that went down or away while it was captured from',
  ERR_NFSTREAM_PEER: 'a package that is needed and not installed, or cannot be loaded',
  ERR_NFSTREAM_PROCESSES: 'a system that does not tell which sockets its processes have',
  ERR_NFSTREAM_READ: 'the operating system could not read the input',
  ERR_NFSTREAM_EMPTY_FILE: 'an input without a single byte',
  ERR_NFSTREAM_NOT_A_CAPTURE: 'an input that is neither pcap nor pcapng',
  ERR_NFSTREAM_INPUT_FORMAT: 'an input that is no file of flows, or of another format than it was said to be',
  ERR_NFSTREAM_LINK_TYPE: 'a capture whose link type is not supported',
  ERR_NFSTREAM_FILTER: 'a filter that libpcap does not accept',
  ERR_NFSTREAM_TRUNCATED: 'an input that ends in the middle of a record or row',
  ERR_NFSTREAM_CORRUPT: 'an input with a record, block or row that contradicts itself or its format',
  ERR_NFSTREAM_COMPRESSION: 'compressed data that cannot be decompressed',
  ERR_NFSTREAM_BATCH_TYPE: 'a chunk that is not of the kind the stage takes',
  ERR_NFSTREAM_BATCH_RELEASED: 'a packet batch that was used after its memory was given back',
  ERR_NFSTREAM_STAGE_REUSED: 'a stage that was used a second time',
  ERR_NFSTREAM_SCHEMA_CHANGED: 'a flow batch whose columns differ from those before it',
  ERR_NFSTREAM_STITCH:
    'flows that are no pieces, or pieces that cannot be put together: of other options, out of order, without their bounds, or not exactly where that is asked for',
  ERR_NFSTREAM_COLUMN: 'a column that does not exist, exists already, or has the wrong length or type',
  ERR_NFSTREAM_OUTPUT: 'an output that could not be written',
  ERR_NFSTREAM_OUTPUT_EXISTS: 'an output that exists and may not be replaced',
  ERR_NFSTREAM_OUTPUT_NAMES: 'two outputs that are one file, or a pattern of names that gives one name to two',
  ERR_NFSTREAM_OUTPUT_IS_INPUT: 'an output that is one of the inputs',
  ERR_NFSTREAM_OUTPUT_FORMAT: 'an output whose format is not known from its name',
  ERR_NFSTREAM_OUTPUT_NOT_EMPTY: 'a folder for partitions that holds something already',
  ERR_NFSTREAM_EXPRESSION: 'an expression that cannot be read, names a column that does not exist, or compares what cannot be compared',
  ERR_NFSTREAM_PLUGIN: 'a plugin that failed, returned a promise, or left a value that does not fit its column',
  ERR_NFSTREAM_LABEL: 'a rule of ground truth that cannot be read, or a file that is none of such rules',
  ERR_NFSTREAM_ENRICH: 'a file that tells of addresses, which is damaged or in another format',
  ERR_NFSTREAM_MODEL: 'a model that cannot be loaded, takes or gives something else than was said, or fails',
  ERR_NFSTREAM_ANONYMIZE: 'a column that cannot be anonymised',
  ERR_NFSTREAM_ENCODE: 'flows that could not be turned into the bytes of a format',
  ERR_NFSTREAM_LISTEN: 'an address at which counters cannot be served',
  ERR_NFSTREAM_NO_NDPI: 'libndpi could not be loaded',
  ERR_NFSTREAM_NDPI_MISMATCH: 'a libndpi that is not the one the addon was built for',
  ERR_NFSTREAM_RULES: 'a file of rules for nDPI with a line that is no rule, or with more than nDPI can hold',
  ERR_NFSTREAM_NATIVE: 'the native addon could not be loaded',
  ERR_NFSTREAM_MEMORY: 'there is no memory left for the flow table, for nDPI or for packets',
} as const;

/** A stable error code, one of the keys of {@link errorCodes}. */
export type FlowErrorCode = keyof typeof errorCodes;

/** Where in a capture an error is; each part is absent where it does not apply. */
export interface FlowErrorPlace {
  /** Path of the file as it was given. */
  file?: string;
  /** Name of the network device. */
  device?: string;
  /** Number of the packet in its file, from 1. */
  packet?: number;
  /** Number of the row of flows in its file, from 1; a header is none. */
  row?: number;
  /** Byte offset in the file (in the uncompressed bytes of a compressed one). */
  offset?: number;
  /** Name of the plugin, or of the metric, that failed. */
  plugin?: string;
  /** Its hook that was called. */
  hook?: string;
  /** Ends of the flow that it was called for, and its protocol's number: `10.0.0.1:1234 > 10.0.0.2:80 (17)`. */
  flow?: string;
}

/** The one error class of the library. `message` is a sentence for people, `code` is for programs, `cause` what lies below it. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  /** Stable code, see {@link errorCodes}. */
  readonly code: FlowErrorCode;
  /** Path of the file that the error is about, when it is about one. */
  declare readonly file?: string;
  /** Name of the network device that the error is about. */
  declare readonly device?: string;
  /** Number of the damaged packet in its file, from 1. */
  declare readonly packet?: number;
  /** Number of the damaged row in its file of flows, from 1. */
  declare readonly row?: number;
  /** Byte offset of the damage in its file. */
  declare readonly offset?: number;
  /** Name of the plugin, or of the metric, that failed. */
  declare readonly plugin?: string;
  /** Its hook that was called. */
  declare readonly hook?: string;
  /** Ends of the flow that it was called for, and its protocol's number: `10.0.0.1:1234 > 10.0.0.2:80 (17)`. */
  declare readonly flow?: string;

  constructor(code: FlowErrorCode, message: string, details: FlowErrorPlace & { cause?: unknown } = {}) {
    if (typeof code !== 'string' || !Object.hasOwn(errorCodes, code))
      throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', 'the code of a FlowError', 'one of errorCodes', code);
    if (typeof message !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the message of a FlowError', 'a string', message);
    if (!isRecord(details as unknown)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'the details of a FlowError', 'an object', details);
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.file !== undefined) this.file = details.file;
    if (details.device !== undefined) this.device = details.device;
    if (details.packet !== undefined) this.packet = details.packet;
    if (details.row !== undefined) this.row = details.row;
    if (details.offset !== undefined) this.offset = details.offset;
    if (details.plugin !== undefined) this.plugin = details.plugin;
    if (details.hook !== undefined) this.hook = details.hook;
    if (details.flow !== undefined) this.flow = details.flow;
  }
}

/**
 * The one phrasing for an option that has the wrong value.
 * @param option the option's name, @param expected what it takes, @param actual what came
 */
export function invalidOption(code: 'ERR_NFSTREAM_OPTION_TYPE' | 'ERR_NFSTREAM_OPTION_RANGE', option: string, expected: string, actual: unknown): FlowError {
  return new FlowError(code, `Expected ${expected} for ${option} but received ${shown(actual)}.`);
}

/** A value as a sentence shows it: never long, whatever it is. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `${quoted(value)} (a string)`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return `an object (${classOf(value)})`;
  if (typeof value === 'function') return 'a function';
  return `${shortened(String(value as number | bigint | boolean | symbol))} (a ${typeof value})`;
}

function classOf(value: object): string {
  const { constructor } = value;
  return typeof constructor === 'function' ? shortened(constructor.name) : 'null prototype';
}

/** A text as a sentence shows it: with quotes, and not long. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

/** The beginning of a text that is longer than a sentence can show. */
export function shortened(text: string, most = 60): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** A path as a sentence shows it: whole, unless it is longer than those that anybody has. */
export function shownPath(path: string): string {
  return path.length > longestPath ? `${path.slice(0, 60)}…${path.slice(-100)}` : path;
}

/** Characters of a path in a sentence. */
const longestPath = 300;

/** Names as a sentence lists them: as many as it can hold. */
export function listed(names: readonly string[]): string {
  let text = '';
  for (const [index, name] of names.entries()) {
    const more = `${index === 0 ? '' : ', '}${shortened(name)}`;
    if (text.length + more.length > longestList) return `${text} and ${names.length - index} more`;
    text += more;
  }
  return text;
}

/** Characters of a list of names in a sentence. */
const longestList = 240;
