import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { workFolder } from '../../cli/made-capture.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const example = /```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/;

describe('the pages of plugins', () => {
  const { path } = workFolder();
  const pages = readdirSync(`${root}docs/plugins`).sort();

  it('print what they say', async () => {
    const marker = '--- the next page';
    const told = pages.map((page, index) => {
      const [, code, output] = example.exec(readFileSync(`${root}docs/plugins/${page}`, 'utf8'))!;
      writeFileSync(path(`${index}.mts`), code!);
      return output;
    });
    const imports = pages.map(
      (_, index) => `await import(${JSON.stringify(pathToFileURL(path(`${index}.mts`)).href)});\nconsole.log(${JSON.stringify(marker)});\n`,
    );
    writeFileSync(path('all.mts'), imports.join(''));
    // The examples import the package by its name, which here is this tree's lib.
    const env = { ...process.env, TSX_TSCONFIG_PATH: `${root}tsconfig.test.json`, NO_COLOR: '1' };
    const { stdout } = await run(process.execPath, ['--import', 'tsx', path('all.mts')], { env, cwd: root });
    const printed = stdout.split(`${marker}\n`).slice(0, -1);
    expect(Object.fromEntries(pages.map((page, index) => [page, printed[index]]))).to.deep.equal(
      Object.fromEntries(pages.map((page, index) => [page, told[index]])),
    );
  });

  it('are linked by the page of plugins', () => {
    const index = readFileSync(`${root}docs/plugins.md`, 'utf8');
    for (const page of pages) expect(index).to.include(`](plugins/${page})`);
  });
});
