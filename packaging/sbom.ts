// What is in the packages, as a bill of materials in CycloneDX: the npm packages that are installed with nfstream, and the libraries in the platforms' packages.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraries } from './libraries.js';
import { sourcePage } from './notice.js';

interface Locked {
  readonly name?: string;
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

/**
 * Writes `nfstream-<version>.cdx.json` into the folder `out`.
 * @param root the clone
 */
export function writeSbom(root: string, out: string): void {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> };
  const { name = '', version, license = '' } = packages['']!;
  const npm = Object.entries(packages)
    .filter(([path, one]) => path !== '' && !one.dev && !one.peer && !one.optional && !one.devOptional && path !== 'node_modules/node-addon-api')
    .map(([path, one]) => npmComponent(path.replace(/^.*node_modules\//, ''), one));
  const native = libraries.map((library) => ({
    type: 'library',
    name: library.name,
    version: library.version,
    purl: `pkg:deb/debian/${library.source}@${encodeURIComponent(library.version)}?arch=source`,
    licenses: [{ expression: library.licence }],
    externalReferences: [
      { type: 'website', url: library.home },
      { type: 'distribution', url: sourcePage(library) },
    ],
  }));
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'library', name, version, purl: `pkg:npm/${name}@${version}`, licenses: [{ expression: license }] } },
    components: [...npm, ...native],
  };
  writeFileSync(join(out, `${name}-${version}.cdx.json`), `${JSON.stringify(bill, null, 2)}\n`);
}

function npmComponent(name: string, { version, license, integrity = '' }: Locked): object {
  const [algorithm, digest = ''] = integrity.split('-');
  return {
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(license !== undefined && { licenses: [{ expression: license }] }),
    ...(algorithm === 'sha512' && { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
  };
}
