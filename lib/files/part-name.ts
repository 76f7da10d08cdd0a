/** Names are cut to this many bytes before ours is put around them: 255 is the most that file systems take. */
const longestName = 200;

/** The name under which a file is written until it is whole: `.<name>.<process id>-<number>.part`. Hidden, as those who take files away as they appear expect. */
export function partName(name: string, number: number): string {
  const start = Buffer.from(name).subarray(0, longestName).toString().replace(/\ufffd+$/, '');
  return `.${start}.${process.pid}-${number}.part`;
}

/**
 * The name that a file was to get, of a part that was left behind when its process was killed or the machine died: it tells the format of what is in it. Null for
 * other names. A very long name has lost its end.
 */
export function nameOfPart(name: string): string | null {
  return /^\.(.+)\.\d+-\d+\.part$/s.exec(name)?.[1] ?? null;
}
