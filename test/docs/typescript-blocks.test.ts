import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { transform } from 'esbuild';
import { thorough } from '../thorough.js';
import { library, libraryFlags } from '../program.js';
import { codeBlocks, root, type CodeBlock } from './code-blocks.js';
import { flowFolder } from './flow-folder.js';

const run = promisify(execFile);

/** Where blocks find the packages that they import. */
const folder = join(root, 'build/docs-blocks');

/** What blocks leave to the reader to import. */
const node: Readonly<Record<string, string>> = {
  pipeline: 'node:stream/promises',
  Transform: 'node:stream',
  createReadStream: 'node:fs',
  createWriteStream: 'node:fs',
  createGunzip: 'node:zlib',
};

/** What blocks have from the text around them. */
const around: readonly [page: string, has: RegExp, text: string][] = [
  ['docs/anonymize.md', /\bkey\b/, 'const key = Buffer.alloc(32, 7);'],
  ['docs/live.md', /^source\.on/, "import { captureLive } from 'nfstream';\nconst source = captureLive('eth0');"],
  ['docs/plugins.md', /\bother\b/, "import { mdns } from 'nfstream';\nconst other = mdns();"],
];

/** Blocks that name what a test has not, such as a device; and those that only show what is said, and read nothing. Their types are checked. */
const notRun: readonly RegExp[] = [
  /'eth0'|captureFile\('-'\)|source\.on\('silent'/,
  /follow: true/,
  /\.mmdb'/,
  /\.onnx'/,
  /^toFile\(/,
  /mine\.js'/,
  /flows\(aggregate\(/,
];

const exported = new Set(
  [...readFileSync(join(root, 'lib/index.ts'), 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names]) =>
    names!.split(',').map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    ),
  ),
);

/** A block with what it leaves out. */
function whole({ page, text }: CodeBlock): string {
  const front = around.filter(([of, has]) => of === page && has.test(text)).map(([, , more]) => more);
  const given = [...front, text].join('\n');
  const imported = new Set(
    [...given.matchAll(/^import \{([^}]*)\}/gm)].flatMap(([, names]) => names!.split(',').map((name) => name.trim().replace(/^type /, ''))),
  );
  const used = new Set(given.match(/[A-Za-z]\w*/g));
  const missing = (name: string): boolean => used.has(name) && !imported.has(name) && !new RegExp(`(const|class) (\\{[^}]*\\b)?${name}\\b`).test(given);
  const ours = [...exported].filter((name) => name !== '' && missing(name));
  const imports = [
    ...(ours.length > 0 ? [`import { ${ours.join(', ')} } from 'nfstream';`] : []),
    ...Object.entries(node).flatMap(([name, module]) => (missing(name) ? [`import { ${name} } from '${module}';`] : [])),
  ];
  return [...imports, ...front, text, 'export {};\n'].join('\n');
}

const fileOf = ({ place }: CodeBlock): string => place.replace(/\.md:/, '-').replaceAll('/', '-');

describe('TypeScript of the documentation', () => {
  const work = flowFolder('docs-work');
  const blocks = codeBlocks().filter(({ language }) => language === 'ts');

  before(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const block of blocks) writeFileSync(join(folder, `${fileOf(block)}.ts`), whole(block));
    const compilerOptions = { rootDir: root, paths: { nfstream: [join(root, 'lib/index.ts')] }, verbatimModuleSyntax: false, types: ['node'] };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.test.json', compilerOptions, include: ['*.ts', '../../typings'], exclude: [] }),
    );
  });

  it('has the types that it says', async () => {
    const { stdout } = await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { cwd: root }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).to.equal('');
  });

  // It takes half a minute.
  const check = async (): Promise<void> => {
    const chosen = blocks.filter(({ text }) => !notRun.some((one) => one.test(text)));
    expect(chosen.length).to.be.above(20);
    for (const block of chosen) {
      const { code } = await transform(whole(block), { loader: 'ts', format: 'esm', target: 'node20.19' });
      writeFileSync(join(folder, `${fileOf(block)}.mjs`), code.replaceAll(/from ["']nfstream["']/g, `from ${JSON.stringify(library)}`));
    }
    const files = chosen.map((block) => join(folder, `${fileOf(block)}.mjs`));
    const all = files.map((file) => `console.log(${JSON.stringify(`\n== ${basename(file, '.mjs')}`)});\nawait import(${JSON.stringify(file)});`).join('\n');
    writeFileSync(join(folder, 'all.mjs'), `${all}\nprocess.exit();\n`);
    const { code, stdout, stderr } = await run(process.execPath, [...libraryFlags, join(folder, 'all.mjs')], { cwd: work, maxBuffer: 1 << 26 }).then(
      (said) => ({ code: 0, ...said }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    const [last] = stdout.match(/(?<=^== ).*$/gm)!.slice(-1);
    expect(code, `${last}: ${stderr}`).to.equal(0); // 13: what it waits for never comes
    expect(last).to.equal(fileOf(chosen.at(-1)!));
  };
  if (thorough) it('does what it says, where a test has what it takes', check);
});
