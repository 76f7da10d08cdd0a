// npx tsx test/notebooks/check.ts: writes the flows that the notebooks of examples/ read, and executes each beside them. Needs test/notebooks/setup.sh.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandLine } from '../program.js';

const run = promisify(execFile);
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

const folder = mkdtempSync(join(tmpdir(), 'nfstream-notebooks-'));
try {
  const [node, ...command] = commandLine;
  const options = ['--statistics', '--splt', '8', '--timestamps', 'arrow', '-q', '-o', join(folder, 'flows.parquet')];
  await run(node!, [...command, join(root, 'fixtures/office.pcap'), ...options], { cwd: root });
  const paths = readdirSync(notebooks).filter((name) => name.endsWith('.ipynb'));
  if (paths.length === 0) throw new Error(`${notebooks} has no notebooks.`);
  const { stdout } = await run(join(here, 'venv/bin/python'), ['-c', execute, folder, ...paths.map((name) => join(notebooks, name))]);
  process.stdout.write(stdout);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
