import { readdirSync, readFileSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import type { FlowError } from '../../lib/errors.js';
import type { RunState } from '../../lib/stage/run-state.js';

/** A folder of its own for each test, in which no part of a file may be left. */
export function testFolder(): { path(name?: string): string; files(): string[]; text(name: string): string } {
  let folder = '';
  const files = (): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfstream-files-'));
  });
  afterEach(() => {
    const left = files().filter((name) => name.endsWith('.part'));
    rmSync(folder, { recursive: true });
    expect(left).to.deep.equal([]);
  });
  return { path: (name = '') => join(folder, name), files, text: (name) => readFileSync(join(folder, name), 'utf8') };
}

/** Midnight of a day in 2024, UTC. */
export const midnight = Date.UTC(2024, 0, 31);

/** One flow a time: seconds after midnight at which its last packet came. */
export function flowsAt(seconds: readonly number[], run?: RunState): FlowBatch {
  return FlowBatch.from(
    seconds.map((second, id) => ({ id, bidirectional_last_seen_ms: midnight + 1000 * second })),
    run,
  );
}

/** What a run failed with. */
export async function failureOf(run: Promise<unknown>): Promise<FlowError> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: FlowError) => error,
  );
}
