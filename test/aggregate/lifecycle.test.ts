import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { programArgs } from '../program.js';

const program = fileURLToPath(new URL('programs/count-flows.ts', import.meta.url));
const capture = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));

/** Runs the program; a process that does not end by itself is killed, and its signal says so. */
async function run(how: string): Promise<{ code: number | null; signal: string | null; out: string; err: string }> {
  const args = await programArgs(program);
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...args, how, capture], { timeout: 100_000 }, (_error, out, err) => {
      resolve({ code: child.exitCode, signal: child.signalCode, out: out.trim(), err });
    });
  });
}

describe('the life of a process with aggregators', () => {
  const cases: [what: string, how: string, code: number, out: string][] = [
    ['ends by itself when the flows are read', 'plain', 0, '194'],
    ['can work in several worker threads at once', 'workers', 0, '194 194 194'],
    ['survives worker threads that are terminated in the middle', 'terminate', 0, 'terminated'],
    ['exits in the middle when told so', 'exit', 7, ''],
  ];
  for (const [what, how, code, out] of cases) {
    it(what, async () => {
      expect(await run(how)).to.deep.equal({ code, signal: null, out, err: '' });
    });
  }
});
