import { open } from 'node:fs/promises';
import { FlowError, shortened } from '../errors.js';
import type { FlowBatch } from '../flows/flow-batch.js';
import { valueAt } from '../flows/columns.js';
import { openError, shownName } from '../open-error.js';
import { fromCsv } from '../read/readers.js';
import { ruleColumns, unknownColumn } from './rule.js';

/** Bytes of a file of rules. */
const mostBytes = 64 * 1024 * 1024;

/**
 * The rows of a file of rules: CSV whose first line names the columns, as all text.
 * @throws {FlowError} ERR_NFSTREAM_NO_SUCH_FILE, ERR_NFSTREAM_PERMISSION, ERR_NFSTREAM_READ, ERR_NFSTREAM_IS_DIRECTORY; ERR_NFSTREAM_LABEL for what is no file of rules
 */
export async function readRules(path: string): Promise<Record<string, string>[]> {
  const bytes = await bytesOf(path);
  const fail = (sentence: string, cause?: unknown): FlowError =>
    new FlowError('ERR_NFSTREAM_LABEL', `${shownName(path)} is no file of rules: ${sentence}`, { file: path, ...(cause !== undefined && { cause }) });
  const rows: Record<string, string>[] = [];
  try {
    const names = await namesOf(bytes);
    const wrong = names.find((name) => !(ruleColumns as readonly string[]).includes(name));
    if (wrong !== undefined) throw fail(`${unknownColumn(wrong)}.`);
    if (!names.includes('label')) throw fail('its first line does not name the column label.');
    const types = Object.fromEntries(names.map((name) => [name, 'text' as const]));
    for await (const batch of fromCsv(chunks(bytes), { types, onDamage: 'abort' })) addRows(rows, batch);
  } catch (error) {
    if (!(error instanceof FlowError) || error.code === 'ERR_NFSTREAM_LABEL') throw error;
    throw fail(shortened(error.message, 300), error);
  }
  return rows;
}

/** The file, which need not be a regular one, with a line break behind its last line. */
async function bytesOf(path: string): Promise<Buffer> {
  let file;
  try {
    file = await open(path);
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      length += part.length;
      if (length > mostBytes)
        throw new FlowError('ERR_NFSTREAM_LABEL', `${shownName(path)} is too large for a file of rules, which may have 64 MiB.`, { file: path });
      parts.push(part);
    }
    return Buffer.concat([...parts, Buffer.from('\n')]);
  } catch (error) {
    if (error instanceof FlowError) throw error;
    const cause = error as NodeJS.ErrnoException;
    if (cause.code === 'EISDIR')
      throw new FlowError('ERR_NFSTREAM_IS_DIRECTORY', `${shownName(path)} is a directory; give a file of rules.`, { file: path, cause });
    throw openError(path, cause);
  } finally {
    await file?.close();
  }
}

async function namesOf(bytes: Buffer): Promise<string[]> {
  for await (const batch of fromCsv(chunks(bytes))) return batch.schema.fields.map((field) => field.name);
  return [];
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function addRows(rows: Record<string, string>[], { schema, columns, length }: FlowBatch): void {
  for (let row = 0; row < length; row++) {
    rows.push(Object.fromEntries(schema.fields.map(({ name }, index) => [name, (valueAt(columns[index]!, row) as string | null) ?? ''])));
  }
}
