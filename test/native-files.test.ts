import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { FlowError } from '../lib/errors.js';
import { nativeFolder, ndpiModule, oldestGlibc, packagedPlatforms, unloadable, type Platform } from '../lib/native-files.js';
import { leftOut } from '../packaging/main-package.js';
import { targets } from '../packaging/targets.js';
import { workFolder } from './cli/made-capture.js';

describe('where what is native is', () => {
  const { path } = workFolder();
  let made = 0;

  /** A folder with these files of these contents; `null` is an empty one. */
  const tree = (files: Record<string, object | null>): string => {
    const folder = path(`tree-${made++}/node_modules/nfstream`);
    for (const [name, content] of Object.entries({ 'package.json': { version: '1.2.3' }, ...files })) {
      const file = join(folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content === null ? '' : JSON.stringify(content));
    }
    return folder;
  };
  const on = (root: string, system = 'linux', processor = 'x64', glibc: string | null = '2.36'): Platform => ({ root, system, processor, glibc: () => glibc });
  const built = { 'build/Release/nfstream.node': null };
  const packaged = { '../@nfstream/linux-x64/package.json': { version: '1.2.3' }, '../@nfstream/linux-x64/nfstream.node': null };

  const withMusl = { '../@nfstream/linux-x64-musl/package.json': { version: '1.2.3' }, '../@nfstream/linux-x64-musl/nfstream.node': null };

  const found: [what: string, files: Record<string, object | null>, folder: string, glibc?: null][] = [
    ['a build of one’s own', built, 'build/Release'],
    ['the package of the platform', packaged, '../@nfstream/linux-x64'],
    ['that for musl', withMusl, '../@nfstream/linux-x64-musl', null],
    ['a build of one’s own before the package', { ...built, ...packaged }, 'build/Release'],
  ];
  for (const [what, files, folder, glibc] of found) {
    it(what, () => {
      const root = tree(files);
      expect(nativeFolder(on(root, 'linux', 'x64', glibc))).to.equal(join(root, folder));
    });
  }

  const container = 'Run it in a container: docker run --rm -v "$PWD:/data" -w /data node:22-slim npx --yes nfstream office.pcap';
  const mend = 'run: npm install @nfstream/linux-x64@1.2.3';
  const missing: [what: string, files: Record<string, object | null>, system: string, processor: string, glibc: string | null, message: string][] = [
    ['a clone that was not built', { 'binding.gyp': {} }, 'linux', 'x64', '2.36', 'has not been built; run: npm --prefix '],
    ['macOS', {}, 'darwin', 'arm64', null, `There is no package of nfstream for darwin-arm64, only for Linux on x64 and arm64. ${container}`],
    ['Windows', {}, 'win32', 'x64', null, `There is no package of nfstream for win32-x64, only for Linux on x64 and arm64. ${container}`],
    ['another processor', {}, 'linux', 'riscv64', '2.36', `There is no package of nfstream for linux-riscv64, only for Linux on x64 and arm64. ${container}`],
    ['musl on arm64', {}, 'linux', 'arm64', null, `nfstream needs glibc on arm64, and this Node.js has musl, as on Alpine. ${container}`],
    ['musl on x64, left out', {}, 'linux', 'x64', null, 'lock file that was made on another platform; run: npm install @nfstream/linux-x64-musl@1.2.3'],
    [
      'a package that was left out',
      {},
      ...(['linux', 'x64', '2.36'] as const),
      `The package @nfstream/linux-x64 is not installed: npm was told to leave optional packages out, or followed a lock file that was made on another platform; ${mend}`,
    ],
    [
      'a package of another version',
      { ...packaged, '../@nfstream/linux-x64/package.json': { version: '1.2.2' } },
      ...(['linux', 'x64', '2.36'] as const),
      `The package @nfstream/linux-x64 is of version 1.2.2, and nfstream of version 1.2.3; ${mend}`,
    ],
  ];
  for (const [what, files, system, processor, glibc, message] of missing) {
    it(`${what}: says what to do`, () => {
      const root = tree(files);
      expect(() => nativeFolder(on(root, system, processor, glibc)))
        .to.throw(FlowError, message)
        .with.property('code', 'ERR_NFSTREAM_NATIVE');
    });
  }

  it('an addon that does not load: says what to do', () => {
    const root = tree({ ...built, ...packaged });
    const tooOld = new Error("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by nfstream.node)");
    const ours = join(root, '../@nfstream/linux-x64/nfstream.node');
    expect(unloadable(ours, tooOld, on(root, 'linux', 'x64', '2.17')).message).to.equal(
      `nfstream needs glibc 2.28 or later, and this system has 2.17. ${container}`,
    );
    expect(unloadable(ours, new Error('invalid ELF header'), on(root)).message).to.include(
      '(invalid ELF header). Install it again: npm install --force nfstream@1.2.3',
    );
    expect(unloadable(join(root, 'build/Release/nfstream.node'), new Error('x'), on(root)).message).to.include(
      'exists but does not load (x); run: npm --prefix ',
    );
  });

  it('promises what is packed', () => {
    expect(packagedPlatforms).to.deep.equal(targets.map((target) => target.name));
    for (const target of targets) expect(target.triple.split('-linux-')[1]).to.equal(target.libc === 'glibc' ? `gnu.${oldestGlibc}` : 'musl');
  });

  describe('the module for nDPI', () => {
    const before = process.env['NFSTREAM_NDPI'];
    afterEach(() => {
      if (before === undefined) delete process.env['NFSTREAM_NDPI'];
      else process.env['NFSTREAM_NDPI'] = before;
    });
    const cases: [given: string, module: string][] = [
      ['/opt/ndpi/module.node', '/opt/ndpi/module.node'],
      ['module.node', join(process.cwd(), 'module.node')],
      ['', join(nativeFolder(), 'ndpi_dissector.node')],
    ];
    for (const [given, module] of cases) {
      it(`NFSTREAM_NDPI=${given}`, () => {
        process.env['NFSTREAM_NDPI'] = given;
        expect(ndpiModule()).to.equal(module);
      });
    }
  });

  it('the main package has what build-ndpi compiles, and nothing else that is native', () => {
    const kept = ['native/engine/dissect/dissector.h', 'native/engine/dissect/ndpi/host_rules.cc', 'native/engine/text/text_view.h', 'lib/index.ts'];
    const left = ['binding.gyp', 'native/build.mjs', 'native/binding/addon.cc', 'native/engine/text/utf8.h'];
    expect([...kept, ...left].filter((path) => !leftOut.test(path))).to.deep.equal(kept);
  });
});
