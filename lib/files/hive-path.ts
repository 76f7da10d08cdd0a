import { longestName, pathPiece } from './path-piece.js';

/** What Hive calls the folder of rows whose value is null or ''. */
const defaultPartition = '__HIVE_DEFAULT_PARTITION__';

/**
 * The folder `column=value` of a Hive directory tree. Null and '' share one folder, as in Hive. A name that would be too long for a
 * file system is cut, and ends with `~` and the first 16 hexadecimal digits of the value's SHA-256.
 */
export function hiveFolder(column: string, value: string | null): string {
  const prefix = `${pathPiece(column, Infinity)}=`;
  if (value === null || value === '') return `${prefix}${defaultPartition}`;
  // A name from the network that looks like Hive's for null stays a name.
  if (value === defaultPartition) return `${prefix}%5F${value.slice(1)}`;
  return prefix + pathPiece(value, longestName - Buffer.byteLength(prefix));
}
