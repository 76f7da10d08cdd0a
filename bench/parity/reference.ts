import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Row } from './match.js';

/** The options of ours that make the flows of a reference file, by the file's name. */
export const referenceOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  default: { statistics: true, splt: 10 },
  mode1: { statistics: true, accountingMode: 'ip', dissections: 0 },
  mode2: { statistics: true, accountingMode: 'transport', dissections: 0 },
  mode3: { statistics: true, accountingMode: 'payload', dissections: 0 },
  short: { idleTimeout: 2, activeTimeout: 5, statistics: true, dissections: 0 },
};

/** Where captures and references are looked for when nobody says: in a folder beside the clone. */
export const usualFolders = {
  captures: process.env['NFSTREAM_CAPTURES'] ?? fileURLToPath(new URL('../../../shared/captures', import.meta.url)),
  references: process.env['NFSTREAM_REFERENCES'] ?? fileURLToPath(new URL('../../../shared/reference/nfstream-flows', import.meta.url)),
};

/** Every reference of the usual folder whose options are known, in the order of the table. */
export function usualReferences(): string[] {
  if (!existsSync(usualFolders.references)) return [];
  const files = readdirSync(usualFolders.references);
  return Object.keys(referenceOptions).flatMap((name) =>
    files.filter((file) => referenceName(file) === name).map((file) => join(usualFolders.references, file)),
  );
}

/** The name of a reference without folder and endings: `short` for `flows/short.jsonl.gz`. */
export function referenceName(path: string): string {
  return basename(path).replace(/\.jsonl(\.gz)?$/, '');
}

/** Reads flows, one JSON object a line with the capture's name in `capture`, and groups them by capture. */
export function readReference(path: string): Map<string, Row[]> {
  const file = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(file) : file).toString('utf8');
  const captures = new Map<string, Row[]>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const { capture, ...row } = JSON.parse(line) as Row & { capture: string };
    const rows = captures.get(capture);
    if (rows === undefined) captures.set(capture, [row]);
    else rows.push(row);
  }
  return captures;
}
