import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { aggregate, anonymize, captureFile, FlowBatch, toReport, type PageOptions } from '../../lib/index.js';
import { failureOf, testFolder } from '../files/file-folder.js';
import { library, libraryFlags } from '../program.js';
import { nastyNames, sampleBatch, streamOf } from '../samples.js';
import { until } from '../waiting.js';
import { contentOf, hashOf, type PageContent } from './page-content.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
const few = sampleBatch(10);

/** A flow of this number, whose names are as given. */
function flow(n: number, name = `host-${n}.example.com`): Record<string, unknown> {
  return {
    src_ip: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    dst_ip: `192.0.2.${n % 250}`,
    dst_port: n % 3 === 0 ? 53 : 443,
    protocol: n % 3 === 0 ? 17 : 6,
    bidirectional_first_seen_ms: 1_714_000_000_000 + 10 * n,
    bidirectional_last_seen_ms: 1_714_000_000_000 + 10 * n + (n % 1000),
    bidirectional_packets: 1 + (n % 90),
    bidirectional_bytes: 60 + ((n * 7919) % 90_000),
    application_name: `App${n % 30}`,
    application_category_name: `Category${n % 5}`,
    requested_server_name: name,
    risks: n % 7 === 0 ? 'Known Proto on Non Std Port;TLS Old' : '',
    risk_score: n % 7 === 0 ? 60 : 0,
  };
}

async function* manyFlows(count: number): AsyncGenerator<FlowBatch> {
  for (let n = 0; n < count; n += 8192) yield FlowBatch.from(Array.from({ length: Math.min(8192, count - n) }, (_, row) => flow(n + row)));
}

describe('toReport()', () => {
  const { path, files } = testFolder();
  const page = (name = 'page.html'): PageContent => contentOf(readFileSync(path(name), 'utf8'));
  const write = (batches: readonly FlowBatch[], options?: PageOptions): Promise<void> => pipeline(streamOf(batches), toReport(path('page.html'), options));

  const refusals: readonly (readonly [given: unknown, code: string, message: RegExp])[] = [
    [{ titel: 'x' }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /no option titel here\. Did you mean title\?/],
    [{ title: 5 }, 'ERR_NFSTREAM_OPTION_TYPE', /a string for title but received 5/],
    [{ flowBytes: -1 }, 'ERR_NFSTREAM_OPTION_RANGE', /an integer from 0 to 200000000 for flowBytes/],
    [{ columns: [] }, 'ERR_NFSTREAM_OPTION_TYPE', /an array of names for columns/],
    [{ clobber: 1 }, 'ERR_NFSTREAM_OPTION_TYPE', /true or false for clobber/],
  ];
  for (const [given, code, message] of refusals) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => toReport('x.html', given as PageOptions))
        .to.throw(message)
        .with.property('code', code);
    });
  }

  it('writes a page whose policy lets nothing but its own program and style work', async () => {
    await write([few], { title: '</title><script>alert(1)</script>' });
    const { html, script, style, policy, data } = page();
    expect(policy).to.equal(`default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`);
    expect(html.match(/<script\b/g)).to.have.length(3);
    expect(html.match(/<\/script>/g)).to.have.length(3);
    expect(html).to.include('<title>&#60;/title&#62;&#60;script&#62;alert(1)&#60;/script&#62;</title>');
    expect(data.title).to.equal('</title><script>alert(1)</script>');
    expect(html.replace(script, '').match(/\b(?:src|href)=|\burl\(/g), 'nothing to fetch').to.equal(null);
    expect(script).to.not.match(/\beval\(|new Function\(/);
  });

  it('lets no name from the network stand in the page but in compressed bytes', async () => {
    const names = [
      '</script><script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      'javascript:alert(1)',
      '\u202egnp.exe',
      'x'.repeat(10_000),
      ...nastyNames,
    ];
    const hostile = names.map((name, n) => ({
      ...flow(n, name),
      ...Object.fromEntries(
        ['src_ip', 'dst_ip', 'application_name', 'application_category_name', 'tls_version', 'ja4', 'dns_query', 'risks', 'tcp_state'].map((column) => [
          column,
          name,
        ]),
      ),
    }));
    await write([FlowBatch.from(hostile)]);
    const { html, flows } = page();
    for (const name of names.filter((one) => one.length > 8)) expect(html).to.not.include(name);
    expect([...flows!.getChild('requested_server_name')!]).to.deep.equal(names);
  });

  it('is small without flows, and says what it keeps of them', async () => {
    const count = 60_000;
    await pipeline(Readable.from(manyFlows(count), { highWaterMark: 1 }), toReport(path('page.html'), { flowBytes: 0 }));
    const { html, data, flows } = page();
    expect(html.length).to.be.below(1_500_000);
    expect([data.told.flows, data.withoutFlows]).to.deep.equal([count, 0]);
    const all = Array.from({ length: count }, (_, n) => flow(n));
    const largest = all.map((one) => one['bidirectional_bytes'] as number).sort((one, other) => other - one);
    const kept = [...flows!.getChild('bidirectional_bytes')!].map(Number).sort((one, other) => other - one);
    expect(kept.slice(0, 50)).to.deep.equal(largest.slice(0, 50));
    const durations = [...flows!.toArray()].map((one) => Number(one!['bidirectional_last_seen_ms']) - Number(one!['bidirectional_first_seen_ms']));
    expect(durations.filter((one) => one === 999)).to.have.length.at.least(50);
    const { cells, missing } = data.told.tables.applications;
    expect(missing).to.equal(0);
    const bytes = (application: unknown): number =>
      all.filter((one) => one['application_name'] === application).reduce((sum, one) => sum + (one['bidirectional_bytes'] as number), 0);
    for (const { key, amount } of cells) expect(amount).to.equal(bytes(key.application));
    expect(data.told.tables.hosts.missing, 'hosts are more than fit').to.be.above(0);
  });

  it('gives the flows up where they take more room than they may have', async () => {
    await pipeline(Readable.from(manyFlows(20_000), { highWaterMark: 1 }), toReport(path('page.html'), { flowBytes: 100_000 }));
    expect(page().data.withoutFlows).to.equal(100_000);
    expect(page().flows!.numRows).to.be.below(2000);
    await pipeline(Readable.from(manyFlows(20_000), { highWaterMark: 1 }), toReport(path('page.html')));
    expect([page().data.withoutFlows, page().flows!.numRows]).to.deep.equal([null, 20_000]);
  });

  it('tells of anonymised flows no address that they had', async () => {
    const hide = anonymize({ columns: ['src_ip', 'dst_ip', 'requested_server_name', 'dns_query'], key: Buffer.alloc(32, 7) });
    await pipeline(captureFile(office), aggregate({ dns: true, tls: true }), hide, toReport(path('page.html')));
    const { data, flows } = page();
    const told = JSON.stringify(data) + JSON.stringify([...flows!.toArray()].map(String));
    expect(told).to.not.match(/192\.168\.1\.|www\.google/);
    expect(data.told.tables.hosts.cells).to.have.length.above(5);
  });

  it('makes a page of no flows', async () => {
    await write([FlowBatch.from([])]);
    expect([page().data.told.flows, page().flows]).to.deep.equal([0, null]);
  });

  it('is refused a column that is not there, and leaves nothing', async () => {
    expect(await failureOf(write([few], { columns: ['colour'] }))).to.have.property('code', 'ERR_NFSTREAM_COLUMN');
    expect(files()).to.deep.equal([]);
  });

  it('has further columns in its table where they are asked for', async () => {
    await write([few], { columns: ['note', 'fewer'.slice(0, 3), 'ratio'] });
    expect(page().data.columns.map(({ name }) => name)).to.include.members(['note', 'few', 'ratio']);
  });

  it('keeps a report that exists with clobber: false, or when it fails, or is destroyed', async () => {
    writeFileSync(path('page.html'), 'before');
    expect(await failureOf(write([few], { clobber: false }))).to.have.property('code', 'ERR_NFSTREAM_OUTPUT_EXISTS');
    expect(await failureOf(write([few, FlowBatch.from([{ other: 1 }])]))).to.have.property('code', 'ERR_NFSTREAM_SCHEMA_CHANGED');
    const abort = new AbortController();
    const running = pipeline(
      Readable.from(
        (async function* () {
          for (;;) {
            await pause(1);
            yield few;
          }
        })(),
        { highWaterMark: 1 },
      ),
      toReport(path('page.html'), { signal: abort.signal }),
    );
    await until(() => files().some((name) => name.endsWith('.part')));
    abort.abort();
    expect(await failureOf(running)).to.have.property('name', 'AbortError');
    expect(files()).to.deep.equal(['page.html']);
    expect(readFileSync(path('page.html'), 'utf8')).to.equal('before');
  });

  it('is destroyed at once by a signal that is aborted already', async () => {
    expect(await failureOf(write([few], { signal: AbortSignal.abort() }))).to.have.property('name', 'AbortError');
    expect(files()).to.deep.equal([]);
  });

  it('is whole before it tells that a capture was damaged', async () => {
    writeFileSync(path('cut.pcap'), readFileSync(office).subarray(0, 100_000));
    expect(await failureOf(pipeline(captureFile(path('cut.pcap')), aggregate(), toReport(path('page.html'))))).to.have.property(
      'code',
      'ERR_NFSTREAM_TRUNCATED',
    );
    expect(page().data.told.flows).to.be.above(50);
  });

  it('refuses to be written over what it is made of', async () => {
    writeFileSync(path('flows.pcap'), readFileSync(office));
    const failure = await failureOf(pipeline(captureFile(path('flows.pcap')), aggregate(), toReport(path('flows.pcap'))));
    expect(failure).to.have.property('code', 'ERR_NFSTREAM_OUTPUT_IS_INPUT');
    expect(readFileSync(path('flows.pcap')).equals(readFileSync(office))).to.equal(true);
  });

  it('takes one batch at a time', async () => {
    const stage = toReport(path('page.html'));
    expect(stage.write(few)).to.equal(false);
    stage.end();
    await new Promise((resolve) => stage.on('finish', resolve));
    expect(stage.report()).to.deep.equal({ path: path('page.html'), flows: 10, bytes: readFileSync(path('page.html')).length });
    expect(() => stage.write(few)).to.throw(/./);
  });

  it('leaves no descriptor and no thread, so that a process ends by itself', () => {
    const program = `
      import { pipeline } from 'node:stream/promises';
      import { aggregate, captureFile, toReport } from ${JSON.stringify(library)};
      await pipeline(captureFile(${JSON.stringify(office)}), aggregate({ tls: true }), toReport(${JSON.stringify(path('own.html'))}));
      console.log('done');`;
    writeFileSync(path('program.mjs'), program);
    expect(execFileSync(process.execPath, [...libraryFlags, path('program.mjs')], { cwd: root, encoding: 'utf8', timeout: 60_000 })).to.equal('done\n');
    expect(existsSync(path('own.html'))).to.equal(true);
    const open = readdirSync('/proc/self/fd').length;
    expect(open).to.be.below(200);
  });
});
