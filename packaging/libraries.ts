// The libraries of others that packages contain: exactly which sources, under which licence, and whether they are parts of our objects or files of their own.
// A new version of Debian's is a new line here, and other tarballs.

/** A library of others. */
export interface Library {
  readonly name: string;
  /** Debian's name of the source package. */
  readonly source: string;
  /** Debian's. */
  readonly version: string;
  /** Whether Debian's changes are in it. */
  readonly patched: boolean;
  /** Of the .dsc, which names the sums of the other files; of the tarball where it is not patched. */
  readonly sha256: string;
  /** Where the project is. */
  readonly home: string;
  /** As SPDX has it. */
  readonly licence: string;
  /** Files of the sources with the licence. */
  readonly texts: readonly string[];
  /** Its file in the package; without one it is a part of our objects. */
  readonly file?: string;
}

export const libraries: readonly Library[] = [
  {
    name: 'libpcap',
    source: 'libpcap',
    version: '1.10.3-1',
    patched: true,
    sha256: '0cb28414626b59900b2df42ae6e36720fc32f142fd91c4757c77995615d22b28',
    home: 'https://www.tcpdump.org',
    licence: 'BSD-3-Clause',
    texts: ['LICENSE'],
  },
  {
    name: 'zlib',
    source: 'zlib',
    version: '1:1.2.13.dfsg-1',
    patched: true,
    sha256: '3fa1e6b2fc525062aa88207dda52fed8e045373c809d362fe8a2bfbf7cf515a8',
    home: 'https://zlib.net',
    licence: 'Zlib',
    texts: ['LICENSE'],
  },
  {
    name: 'zstd',
    source: 'libzstd',
    version: '1.5.4+dfsg2-5',
    patched: true,
    sha256: '8f602f92b575aa8b5e979196fb6ee82d78f233521dc9636526d3ecba1f63c1b1',
    home: 'https://github.com/facebook/zstd',
    licence: 'BSD-3-Clause',
    texts: ['LICENSE'],
  },
  {
    name: 'lz4',
    source: 'lz4',
    version: '1.9.4-1',
    patched: true,
    sha256: 'e16302bca544d08d106efc216541f4a0403c8f8a5fad5eaac7588223a55af263',
    home: 'https://github.com/lz4/lz4',
    licence: 'BSD-2-Clause',
    texts: ['lib/LICENSE'],
  },
  {
    name: 'libgpg-error',
    source: 'libgpg-error',
    version: '1.46-1',
    patched: true,
    sha256: 'f1fe4ca2f252f797c2819b0eae1e284e2f0b2c7ac8ec16209054ae45878aaafe',
    home: 'https://gnupg.org',
    licence: 'LGPL-2.1-or-later',
    texts: ['AUTHORS', 'COPYING.LIB'],
    file: 'libgpg-error.so.0',
  },
  {
    name: 'libgcrypt',
    source: 'libgcrypt20',
    version: '1.10.1-3+deb12u1',
    patched: true,
    sha256: '1bd12e7e03f5c60177a65ba4b838466033eaeca191111c570d444104d0d6e6d3',
    home: 'https://gnupg.org',
    licence: 'LGPL-2.1-or-later',
    texts: ['AUTHORS', 'LICENSES', 'COPYING.LIB'],
    file: 'libgcrypt.so.20',
  },
  {
    name: 'nDPI',
    source: 'ndpi',
    version: '4.2-2',
    // Debian's changes are for other processors, and for programs and tests that are not built here.
    patched: false,
    sha256: 'e54ce8fe13adc5d747be7553513657fae78f796e0bd459e122c280cc06ce4daf',
    home: 'https://github.com/ntop/nDPI',
    licence: 'LGPL-3.0-or-later',
    texts: ['COPYING'],
    file: 'libndpi.so.4',
  },
];
