// A registry of npm packages that are tarballs in a folder: what `npm install nfstream` asks, without a network.
// usage: node registry.mjs FOLDER; writes its address when it listens
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = process.argv[2];
/** Name of a package to its versions. */
const packages = new Map();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
  const bytes = readFileSync(join(folder, file));
  const manifest = JSON.parse(fileOf(gunzipSync(bytes), 'package.json'));
  const versions = packages.get(manifest.name) ?? {};
  packages.set(manifest.name, {
    ...versions,
    [manifest.version]: { manifest, file, integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` },
  });
}

const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url.split('?')[0]).slice(1);
  if (path.endsWith('.tgz')) return response.end(readFileSync(join(folder, path.replace(/.*\//, ''))));
  const versions = packages.get(path);
  if (versions === undefined) return response.writeHead(404).end('{}');
  const base = `http://${request.headers.host}`;
  const entries = Object.entries(versions).map(([version, { manifest, file, integrity }]) => [
    version,
    { ...manifest, dist: { tarball: `${base}/-/${file}`, integrity } },
  ]);
  const latest = entries.map(([version]) => version).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0];
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ name: path, 'dist-tags': { latest }, versions: Object.fromEntries(entries) }));
});
server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));

// The folder above has any name; the file is the first of that name just below it.
function fileOf(tar, name) {
  for (let at = 0; at + 512 <= tar.length;) {
    const text = (from, to) => tar.toString('utf8', at + from, at + to).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 136), 8) || 0;
    if (text(0, 100).split('/').slice(1).join('/') === name) return tar.toString('utf8', at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`There is no ${name} in it.`);
}
