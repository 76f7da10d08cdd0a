// npx tsx test/notebooks/check.ts: writes the flows that the notebooks of examples/ and docs/dataframes.md read, and executes both beside them. Needs
// test/notebooks/setup.sh.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeBlocks } from '../docs/code-blocks.js';
import { commandLine } from '../program.js';

/** Runs a program, which speaks for itself. */
function run(cwd: string, program: string, ...args: string[]): void {
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
  const { status } = spawnSync(program, args, { cwd, env, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const notebooks = join(root, 'examples/notebooks');

const execute = `
import sys, nbformat
from nbclient import NotebookClient
for path in sys.argv[2:]:
    notebook = nbformat.read(path, as_version=4)
    if any(cell.get('outputs') for cell in notebook.cells):
        sys.exit(f'{path} has outputs: clear them.')
    NotebookClient(notebook, timeout=120, kernel_name='python3', resources={'metadata': {'path': sys.argv[1]}}).execute()
    print(path, len(notebook.cells), 'cells')`;

const paths = readdirSync(notebooks).filter((name) => name.endsWith('.ipynb'));
if (paths.length === 0) throw new Error(`${notebooks} has no notebooks.`);
const folder = mkdtempSync(join(tmpdir(), 'nfstream-notebooks-'));
try {
  const [node, ...command] = commandLine;
  run(root, node!, ...command, 'fixtures/office.pcap', '--statistics', '--splt', '8', '--timestamps', 'arrow', '-q', '-o', join(folder, 'flows.parquet'));
  const python = join(here, 'venv/bin/python');
  run(root, python, '-c', execute, folder, ...paths.map((name) => join(notebooks, name)));
  symlinkSync(join(root, 'fixtures/office.pcap'), join(folder, 'office.pcap'));
  writeFileSync(join(folder, 'nfstream'), `#!/bin/sh\nexec ${commandLine.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
  const blocks = codeBlocks().filter(({ page, language }) => page === 'docs/dataframes.md' && language === 'python');
  run(folder, python, '-c', blocks.map(({ text }) => text).join('\n'));
  console.log('docs/dataframes.md', blocks.length, 'blocks');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
