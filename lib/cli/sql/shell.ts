import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * Reads statements, each ended by a semicolon, and performs one after the other: on a terminal with a prompt, from a pipe without. What fails is told, and the next is asked for.
 * @param perform one or several whole statements
 * @returns whether all of them succeeded
 */
export async function shell(
  input: Readable & { isTTY?: boolean },
  output: NodeJS.WritableStream,
  perform: (sql: string) => Promise<void>,
  tell: (error: Error) => void,
): Promise<boolean> {
  const terminal = input.isTTY === true;
  const lines = createInterface({ input, output: terminal ? output : undefined, terminal, prompt: 'nfstream> ', crlfDelay: Infinity } as Parameters<
    typeof createInterface
  >[0]);
  let waiting = '';
  let good = true;
  const run = async (sql: string): Promise<void> => {
    if (sql.trim() === '') return;
    try {
      await perform(sql);
    } catch (error) {
      good = false;
      tell(error as Error);
    }
  };
  lines.on('SIGINT', () => {
    waiting = '';
    output.write('\n');
    lines.prompt();
  });
  if (terminal) lines.prompt();
  for await (const line of lines) {
    if (waiting === '' && /^\s*\.?(quit|exit)\s*;?\s*$/i.test(line)) break;
    waiting += `${line}\n`;
    if (/;\s*$/.test(line)) {
      const sql = waiting;
      waiting = '';
      await run(sql);
    }
    if (terminal) {
      lines.setPrompt(waiting === '' ? 'nfstream> ' : '      ...> ');
      lines.prompt();
    }
  }
  lines.close();
  await run(waiting);
  return good;
}
