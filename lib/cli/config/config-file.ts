import { closeSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Toml from 'smol-toml';
import { shortened, shownPath } from '../../errors.js';
import { isRecord } from '../../is-record.js';
import { UsageError } from '../usage-error.js';

/** Bytes that a configuration may have. */
const mostBytes = 1 << 20;

/** How deep lists and tables may stand in each other. */
const deepest = 100;

/**
 * Reads a configuration: JSON where it begins with `{`, which TOML can't, else TOML.
 * @throws {UsageError} one sentence, which names the file and, where it is no TOML, the line
 */
export function readConfig(path: string): Readonly<Record<string, unknown>> {
  const name = shownPath(path);
  const text = textOf(path, name);
  const config: unknown = text.trimStart().startsWith('{') ? fromJson(text, name) : fromToml(text, name);
  if (!isRecord(config)) throw new UsageError(`The configuration ${name} holds no options.`);
  return config;
}

function textOf(path: string, name: string): string {
  let bytes: Buffer;
  try {
    bytes = firstBytes(path, mostBytes + 1);
  } catch (error) {
    throw new UsageError(`Can't read the configuration ${name}: ${shortened((error as Error).message, 120)}.`);
  }
  if (bytes.length > mostBytes) throw new UsageError(`The configuration ${name} has more than ${mostBytes} bytes; is it another file?`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`The configuration ${name} is not UTF-8 text.`);
  }
}

/** No more of a file than this, whatever its size: it may be a pipe, or have no end. */
function firstBytes(path: string, most: number): Buffer {
  const bytes = Buffer.allocUnsafe(most);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, most - length, null);
      length += read;
      if (read === 0 || length === most) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function fromJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The configuration ${name} is not valid JSON: ${shortened(withoutStop((error as Error).message), 200)}.`);
  }
}

function fromToml(text: string, name: string): unknown {
  const { parse, TomlError } = createRequire(import.meta.url)('smol-toml') as typeof Toml; // loaded when it is needed
  try {
    return parse(text, { maxDepth: deepest });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [sentence] = error.message.replace(/^Invalid TOML document: /, '').split('\n') as [string];
    throw new UsageError(
      `The configuration ${name} is not valid TOML, in line ${error.line}, column ${error.column}: ${shortened(withoutStop(sentence), 200)}.`,
    );
  }
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
