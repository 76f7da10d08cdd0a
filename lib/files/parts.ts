import { unlinkSync } from 'node:fs';

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
    const made = await making.then(() => true, () => false); // the error is told to whoever makes it
    try {
      if (made) unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // it may have got its name just now
    }
    parts.delete(path);
  }
}
