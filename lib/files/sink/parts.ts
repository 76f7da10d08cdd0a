import { unlinkSync } from 'node:fs';

/** Names are cut to this many bytes before ours is put around them: 255 is the most that file systems take. */
const longestName = 200;

/** The name under which a file is written until it is whole: `.<name>.<process id>-<number>.part`. Hidden, as those who take files away as they appear expect. */
export function partName(name: string, number: number): string {
  const start = Buffer.from(name)
    .subarray(0, longestName)
    .toString()
    .replace(/\ufffd+$/, '');
  return `.${start}.${process.pid}-${number}.part`;
}

/**
 * The name that a file was to get, of a part that was left behind when its process was killed or the machine died: it tells the format of what is in it. Null for
 * other names. A very long name has lost its end.
 */
export function nameOfPart(name: string): string | null {
  return /^\.(.+)\.\d+-\d+\.part$/s.exec(name)?.[1] ?? null;
}

/** Files of this process that have no name of their own yet, with what makes each of them. */
const parts = new Map<string, Promise<unknown>>();

/** Notes a part from before it exists. @param making settles when it does, or can't */
export function notePart<T>(path: string, making: Promise<T>): Promise<T> {
  parts.set(path, making);
  return making;
}

/** A part has got its name, or was removed. */
export function forgetPart(path: string): void {
  parts.delete(path);
}

/** Removes every part, for a process that ends without having given them up; those that are just being made are waited for. */
export async function removeParts(): Promise<void> {
  for (const [path, making] of parts) {
    const made = await making.then(
      () => true,
      () => false,
    ); // the error is told to whoever makes it
    try {
      if (made) unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // it may have got its name just now
    }
    parts.delete(path);
  }
}
