// What a user does who has Node and nothing else; run in the minimal root, as a user without rights.
// usage: node inside.mjs FOLDER [short]; the folder has registry.mjs, its tarballs, captures, and what a clone makes of them
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const [given, variant] = process.argv.slice(2);
const short = variant === 'short';
const bars = { seconds: 20, megabytes: 60 };
const home = homedir();
const project = join(home, 'project');
const expected = readFileSync(`${given}/expected.jsonl`, 'utf8');
const { version } = JSON.parse(readFileSync(`${given}/package.json`, 'utf8'));
let passed = 0;
let failed = 0;

function check(what, holds, seen = '') {
  if (holds) passed++;
  else failed++;
  console.log(`${holds ? 'ok     ' : 'FAILED '} ${what}${holds ? '' : `\n        ${String(seen).slice(0, 600)}`}`);
}

/** Runs a line of the shell in a folder. */
function sh(line, { cwd = project, env = {} } = {}) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status, stdout, stderr, all: `${status}\n${stdout}${stderr}` };
}

function program(name, text) {
  writeFileSync(join(project, name), text);
  return sh(`node ${name}`);
}

const megabytes = (folder) => Number(sh(`du -sm ${folder}`).stdout.split('\t')[0]);

// The machine has nothing that was needed before.
for (const tool of ['cc', 'gcc', 'g++', 'c++', 'make', 'python3', 'pkg-config']) check(`no ${tool}`, sh(`command -v ${tool}`, { cwd: '/' }).status !== 0);
// The short variant's package is the clone's, which is linked with the libraries of the system.
if (!short) check('no libpcap, no libndpi', sh("find / -xdev -name 'libpcap*' -o -xdev -name 'libndpi*' | grep -v ^/test", { cwd: '/' }).stdout === '');

const registry = spawn(process.execPath, [`${given}/registry.mjs`, `${given}/tarballs`], { stdio: ['ignore', 'pipe', 'inherit'] });
const address = String(await new Promise((resolve) => registry.stdout.once('data', resolve))).trim();
writeFileSync(join(home, '.npmrc'), `registry=${address}\naudit=false\nfund=false\nupdate-notifier=false\n`);

// One line, and the first flow.
mkdirSync(project, { recursive: true });
copyFileSync(`${given}/office.pcap`, join(project, 'office.pcap'));
writeFileSync(join(project, 'package.json'), '{"private":true}');
const begin = Date.now();
const installed = sh('npm install nfstream');
check('npm install nfstream', installed.status === 0, installed.all);
const first = sh('npx nfstream office.pcap');
const seconds = (Date.now() - begin) / 1000;
check('npx nfstream office.pcap', first.status === 0 && first.stdout.includes('TLS.Google'), first.all);
const size = megabytes('node_modules');
check(`first flow after ${seconds.toFixed(1)} s, bar ${bars.seconds}`, short || seconds < bars.seconds);
check(`${size} MB on the disk (${megabytes('node_modules/parquet-wasm')} of them for Parquet), bar ${bars.megabytes}`, size < bars.megabytes);
const ours = readdirSync(join(project, 'node_modules/@nfstream'));
check('only the package of this platform', ours.length === 1 && ours[0] === `linux-${process.arch}`, ours);
const scripts = readdirSync(join(project, 'node_modules'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$|^(@[^/]+\/)?[^/]+\/package\.json$/.test(name))
  .filter((name) =>
    ['preinstall', 'install', 'postinstall'].some((script) => script in (JSON.parse(readFileSync(join(project, 'node_modules', name), 'utf8')).scripts ?? {})),
  );
check('no package has an install script', scripts.length === 0, scripts);

const told = sh('npx nfstream --version');
check(
  '--version',
  new RegExp(`^nfstream ${version}\nnDPI ${short ? '' : '4\\.2\\.0 '}.*\nlibpcap 1\\..*\nNode\\.js ${process.versions.node}\n$`).test(told.stdout),
  told.all,
);
check('all columns of all flows as those of the clone', sh('npx nfstream -q --features full --format jsonl office.pcap').stdout === expected);

// Every format there and back.
for (const format of ['csv', 'json', 'jsonl', 'arrow', 'arrows', 'parquet']) {
  const made = sh(`npx nfstream -q office.pcap -o flows.${format} && npx nfstream convert -q flows.${format} --format jsonl | wc -l`);
  check(`-o flows.${format}`, made.stdout.trim() === String(expected.trim().split('\n').length), made.all);
}
const zipped = sh(`npx nfstream -q ${given}/office.pcap.zst --filter "tcp port 443" | wc -l; npx nfstream summary office.pcap`);
check('a capture in zstd, a filter, a summary', /^[1-9]\d*\n/.test(zipped.stdout) && zipped.stdout.includes('TLS.Google'), zipped.all);
const report = sh('npx nfstream report office.pcap -o office.html');
check('a report', report.status === 0 && statSync(join(project, 'office.html')).size > 100_000, report.all);
const sql = sh('npx nfstream sql -c "select 1" office.pcap');
check('what is missing is asked for by name', sql.status === 1 && sql.stderr.includes('npm install @duckdb/node-api'), sql.all);
const metrics = sh('npx nfstream office.pcap -q --metrics 127.0.0.1:0');
check('--metrics: the line that installs what it needs', metrics.stderr.includes('npm install prom-client'), metrics.all);

const plugin = program(
  'plugin.mjs',
  `import { Streamer } from 'nfstream';
const userMetrics = { big: (packet, flow) => { if (packet.size > 666) flow.metrics.big += 1; } };
let big = 0;
for await (const flow of new Streamer({ source: 'office.pcap', userMetrics })) big += flow.metrics.big;
console.log(big);`,
);
check('a plugin', Number(plugin.stdout) > 0, plugin.all);
const required = program(
  'required.cjs',
  `const { Streamer } = require('nfstream'); new Streamer({ source: 'office.pcap' }).toParquet('r.parquet').then((n) => console.log(n));`,
);
check('require() of CommonJS, and Parquet in its thread', Number(required.stdout) > 0, required.all);
const workers = program(
  'workers.mjs',
  `import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { Streamer } from 'nfstream';
async function count() { let n = 0; for await (const flow of new Streamer({ source: 'office.pcap' })) if (flow.applicationName !== '') n++; return n; }
if (isMainThread) {
  const counts = await Promise.all([count(), ...[1, 2].map(() => new Promise((done) => new Worker(new URL(import.meta.url)).once('message', done)))]);
  console.log(new Set(counts).size === 1 && counts[0]);
} else parentPort.postMessage(await count());`,
);
check('worker_threads', Number(workers.stdout) > 0, workers.all);

// Another libndpi in the place of ours, as its licence wants it.
const folder = join(project, 'node_modules/@nfstream', `linux-${process.arch}`);
if (!short) {
  copyFileSync(join(folder, 'libndpi.so.4'), join(home, 'libndpi.so.4'));
  for (const build of ['rebuilt', 'debian'].filter((name) => existsSync(`${given}/${name}`))) {
    copyFileSync(`${given}/${build}/libndpi.so.4`, join(folder, 'libndpi.so.4'));
    check(`another libndpi in its place (${build})`, sh('npx nfstream -q --features full --format jsonl office.pcap').stdout === expected);
    const says = sh('npx nfstream --version');
    check(`and it is in use (${build})`, says.stdout.includes('nDPI 4.2') && says.stdout.includes('-rebuilt') === (build === 'rebuilt'), says.all);
  }
  rmSync(join(folder, 'libndpi.so.4'));
  const without = sh('npx nfstream office.pcap');
  check(
    'without libndpi: one sentence',
    without.status === 1 && without.stderr.includes('libndpi.so.4') && without.stderr.includes('dissections 0'),
    without.all,
  );
  check('without libndpi: everything but labels', sh('npx nfstream -q --dissections 0 office.pcap').status === 0);
  copyFileSync(join(home, 'libndpi.so.4'), join(folder, 'libndpi.so.4'));
}
const named = sh('npx nfstream --version', { env: { NFSTREAM_NDPI: '/nowhere/ndpi.node' } });
check('NFSTREAM_NDPI is told', named.stdout.includes('by NFSTREAM_NDPI: /nowhere/ndpi.node'), named.all);
const build = sh('npx nfstream build-ndpi');
check('build-ndpi without nDPI or a compiler: one sentence', build.status === 1 && build.stderr.split('\n').length === 2, build.all);

// Left out by npm.
const bare = join(home, 'bare');
mkdirSync(bare);
writeFileSync(join(bare, 'package.json'), '{"private":true}');
sh('npm install --omit=optional nfstream', { cwd: bare });
const missing = sh('npx nfstream office.pcap', { cwd: bare });
check('--omit=optional: the line that mends it', missing.stderr.includes(`npm install @nfstream/linux-${process.arch}@${version}`), missing.all);
const line = /run: (npm install .*)\n/.exec(missing.stderr)?.[1] ?? 'false';
const mended = sh(`${line} && npx nfstream ${given}/office.pcap`, { cwd: bare });
check('and it does', mended.status === 0 && mended.stdout.includes('TLS.Google'), mended.all);

registry.kill();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
