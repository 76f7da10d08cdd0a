import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { library, programArgs } from '../program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('programs/two-copies.ts', import.meta.url));
const capture = join(root, 'fixtures/office.pcap');

describe('two copies of the package in one process', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfstream-copies-'));
  after(() => rmSync(folder, { recursive: true }));

  /** As a package that depends on a release of its own has it; both find the same libndpi. */
  function copy(name: string): string {
    const to = join(folder, name);
    const modules = dirname(fileURLToPath(library));
    for (const part of [basename(modules), 'package.json']) cpSync(join(root, part), join(to, part), { recursive: true });
    for (const addon of ['nfstream.node', 'ndpi_dissector.node']) cpSync(join(root, 'build/Release', addon), join(to, 'build/Release', addon));
    symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
    return pathToFileURL(join(to, basename(modules), basename(library))).href;
  }

  it('give the same labels, one beside the other', async () => {
    const copies = [copy('one'), copy('other')];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...(await programArgs(program)), capture, ...copies], { timeout: 100_000 });
    expect([stdout, stderr]).to.deep.equal(['true true\n', '']);
  });
});
