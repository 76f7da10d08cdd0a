import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { commandLine } from '../../program.js';

const capture = readFileSync(fileURLToPath(new URL('../../../fixtures/dns.pcap', import.meta.url)));

/** The threads of a command that waits for the rest of its input. */
async function threads(pool: string | undefined): Promise<number> {
  const env = { ...process.env };
  delete env['UV_THREADPOOL_SIZE'];
  if (pool !== undefined) env['UV_THREADPOOL_SIZE'] = pool;
  const child = spawn(commandLine[0]!, [...commandLine.slice(1), '-', '--quiet', '--dissections', '0', '--meters', '1', '--format', 'csv'], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin!.write(capture);
  // The header of the rows comes from the engine, which is opened in the pool.
  await once(child.stdout!, 'data');
  const count = readdirSync(`/proc/${child.pid!}/task`).length;
  child.stdin!.end();
  child.stdout!.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).to.equal(0);
  return count;
}

describe('the pool of threads of the command', () => {
  it('has no more threads than there are cores, two at least, and as many as it is told', async () => {
    const usual = Math.min(4, Math.max(2, availableParallelism()));
    const [own, asMany, more] = [await threads(undefined), await threads(String(usual)), await threads(String(usual + 3))];
    expect(own).to.equal(asMany);
    expect(more).to.equal(own + 3);
  });
});
