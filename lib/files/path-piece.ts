/** File systems take names of this many bytes. */
export const longestName = 255;

/** What Hive writes as %XX in a path, and NUL, which no path can have. */
const special = /[\x00-\x1f"#%'*/:=?\\\x7f{[\]^]/g;

/**
 * A text that may come from the network as a piece of a file's name: what is special in a path, a slash above all, is written as %XX, as Hive does. A piece that would be longer than
 * `mostBytes` is cut, and ends with `~` and the first 16 hexadecimal digits of the text's SHA-256. A piece may be `.` or `..`: whoever puts nothing around it looks for that.
 */
export function pathPiece(text: string, mostBytes: number): string {
  const encoded = text.replace(special, percentEncoded);
  if (Buffer.byteLength(encoded) <= mostBytes) return encoded;
  const end = `~${process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  return cut(encoded, mostBytes - end.length) + end;
}

/** A character of ASCII as %XX. */
export function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The start of a text that has at most so many bytes, without half a character or half a %XX. */
function cut(text: string, bytes: number): string {
  const start = Buffer.from(text)
    .subarray(0, Math.max(0, bytes))
    .toString()
    .replace(/\ufffd+$/, '');
  return start.replace(/%[0-9A-F]?$/, '');
}
