import { createHash } from 'node:crypto';

/** What Hive calls the folder of rows whose value is null or ''. */
const defaultPartition = '__HIVE_DEFAULT_PARTITION__';

/** File systems take names of this many bytes. */
const longestName = 255;

/** What Hive writes as %XX in a path, and NUL, which no path can have. */
const special = /[\x00-\x1f"#%'*/:=?\\\x7f{[\]^]/g;

/**
 * The folder `column=value` of a Hive directory tree. Null and '' share one folder, as in Hive. A name that would be too long for a
 * file system is cut, and ends with `~` and the first 16 hexadecimal digits of the value's SHA-256.
 */
export function hiveFolder(column: string, value: string | null): string {
  const prefix = `${encode(column)}=`;
  if (value === null || value === '') return `${prefix}${defaultPartition}`;
  // A name from the network that looks like Hive's for null stays a name.
  const encoded = value === defaultPartition ? `%5F${value.slice(1)}` : encode(value);
  if (Buffer.byteLength(prefix) + Buffer.byteLength(encoded) <= longestName) return prefix + encoded;
  const end = `~${createHash('sha256').update(value).digest('hex').slice(0, 16)}`;
  return prefix + cut(encoded, longestName - Buffer.byteLength(prefix) - end.length) + end;
}

function encode(text: string): string {
  return text.replace(special, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The start of a text that has at most so many bytes, without half a character or half a %XX. */
function cut(text: string, bytes: number): string {
  const start = Buffer.from(text)
    .subarray(0, Math.max(0, bytes))
    .toString()
    .replace(/\ufffd+$/, '');
  return start.replace(/%[0-9A-F]?$/, '');
}
