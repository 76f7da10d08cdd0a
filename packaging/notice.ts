// Licences of everything in a platform's package: a list with exact versions and where the sources are, and the whole texts.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraries, type Library } from './libraries.js';
import type { Folders } from './native.js';
import { sourcesOf } from './sources.js';

const llvm = 'Apache-2.0 WITH LLVM-exception';

/** The licences of all parts, as SPDX says it. */
export function licenceOfAll(): string {
  return [...new Set(['MIT', ...libraries.map((library) => library.licence), llvm])].join(' AND ');
}

/** Where exactly these sources are kept. */
export function sourcePage(library: Library): string {
  return `https://snapshot.debian.org/package/${library.source}/${encodeURIComponent(library.version)}/`;
}

/**
 * Writes NOTICE.md and the folder `licences`.
 * @param folder of the package
 * @param zig where zig is, whose C++ library is in our objects
 */
export function writeNotice(folder: string, zig: string, { root, work }: Folders): void {
  const texts = join(folder, 'licences');
  mkdirSync(texts);
  const lines = libraries.map((library) => {
    const file = join('licences', `${library.name}.txt`);
    const parts = library.texts.map((name) => readFileSync(join(sourcesOf(join(work, 'sources'), library), name), 'utf8'));
    writeFileSync(join(folder, file), parts.join('\n\n----------------------------------------------------------------\n\n'));
    const changes = library.patched ? "with Debian's changes" : 'as its authors released it';
    return `| ${library.name} | ${library.version}, ${changes} | ${library.licence} | ${library.file ?? 'nfstream.node'} | ${file} | ${library.home}, ${sourcePage(library)} |`;
  });
  copyFileSync(join(root, 'packaging/licences/GPL-3.0.txt'), join(texts, 'GPL-3.0.txt'));
  copyFileSync(join(zig, 'lib/libcxx/LICENSE.TXT'), join(texts, 'LLVM.txt'));
  copyFileSync(join(zig, 'LICENSE'), join(texts, 'zig.txt'));
  copyFileSync(join(root, 'node_modules/node-addon-api/LICENSE.md'), join(texts, 'node-addon-api.txt'));
  writeFileSync(join(folder, 'NOTICE.md'), notice.replace('LIBRARIES', lines.join('\n')));
}

const notice = `# What is in this package

nfstream.node and ndpi_dissector.node are nfstream's own, under the MIT licence (LICENSE). With them, or in them, are:

| library | version | licence | where it is | text of the licence | sources |
|---|---|---|---|---|---|
LIBRARIES
| libc++, libc++abi, libunwind | as zig brings them | ${llvm} | both of nfstream's files | licences/LLVM.txt | https://llvm.org |
| compiler_rt of zig | | MIT | all files | licences/zig.txt | https://ziglang.org |
| node-addon-api | | MIT | nfstream.node | licences/node-addon-api.txt | https://github.com/nodejs/node-addon-api |

LGPL-3.0 adds to GPL-3.0, whose text is licences/GPL-3.0.txt. nDPI, libgcrypt and libgpg-error are shared libraries, found beside the file that uses them: you may put files of your own in their
place. The programs that build all of them as they are here are in nfstream's repository, in the folder packaging.
`;
