import { expect } from 'chai';
import { tableFromIPC } from 'apache-arrow';
import { blake2b } from '@noble/hashes/blake2.js';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { anonymize, type AnonymizeOptions } from '../../lib/anonymize/anonymize.js';
import { FlowError } from '../../lib/errors.js';
import { toArrow, toCsv } from '../../lib/encode/exporter.js';
import { classicFields, fields } from '../../lib/schema/fields.js';
import { derivations } from '../../lib/schema/derivations.js';
import { stageFields } from '../../lib/schema/stage-fields.js';
import { failureOf } from '../files/file-folder.js';
import { cut, nastyNames, sampleBatch, streamOf } from '../samples.js';

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
const digest = (value: string, by: Uint8Array = key): string =>
  value === '' ? '' : Buffer.from(blake2b(Buffer.from(value), { key: by, dkLen: 64 })).toString('hex');

async function anonymized(batches: FlowBatch[], options: AnonymizeOptions | string[]): Promise<FlowBatch[]> {
  return (await streamOf(batches).pipe(anonymize(options)).toArray()) as FlowBatch[];
}

function values(batch: FlowBatch, name: string): unknown[] {
  return [...batch].map((flow) => (flow.toJSON() as Record<string, unknown>)[name]);
}

const row = {
  id: 1,
  src_ip: '192.0.2.7',
  src_mac: '00:1b:21:3c:4d:5e',
  src_oui: '00:1b:21',
  dst_ip: '2001:db8::1',
  src_port: 443,
  requested_server_name: 'www.example.com',
  community_id: '1:abc=',
  http_url: 'http://www.example.com/x',
  note: 'mine',
};
const one = FlowBatch.from([row]);

describe('anonymize()', () => {
  it('replaces values by their digests, leaves null and empty ones, and every other column as it is', async () => {
    const batch = sampleBatch(3000).withColumn(
      'maybe',
      'text',
      Array.from({ length: 3000 }, (_, n) => [null, '', 'x', nastyNames[n % nastyNames.length]!][n % 4]!),
    );
    const parts = await anonymized(cut(batch, [700]), { columns: ['requestedServerName', 'maybe'], key });
    expect(parts.map((part) => part.length)).to.deep.equal([700, 700, 700, 700, 200]);
    for (const name of ['requested_server_name', 'maybe']) {
      const before = values(batch, name) as (string | null)[];
      expect(parts.flatMap((part) => values(part, name))).to.deep.equal(before.map((value) => (value === null ? null : digest(value))));
    }
    for (const name of ['id', 'src_ip', 'ratio', 'note', 'big']) expect(parts.flatMap((part) => values(part, name))).to.deep.equal(values(batch, name));
    expect(new Set(parts.map((part) => part.schema)).size).to.equal(1);
  });

  it('takes slices of columns, and writes what exporters read', async () => {
    const [part] = await anonymized([sampleBatch(100).slice(50, 60)], { columns: 'src_ip', key });
    const csv = (await buffer(streamOf([part!.select(['src_ip'])]).pipe(toCsv()))).toString();
    expect(csv).to.equal(`src_ip\n${[...sampleBatch(100).slice(50, 60)].map((flow) => `${digest(flow.srcIp)}\n`).join('')}`);
  });

  it('gives other values with another key, and without one in each run', async () => {
    const seen = new Set<unknown>();
    for (const options of [{ key }, { key: key.map((byte) => byte + 1) }, {}, {}]) {
      for (const method of ['hash', 'prefix'] as const)
        seen.add(values((await anonymized([one], { columns: ['src_ip'], method, ...options }))[0]!, 'src_ip')[0]);
    }
    expect(seen.size).to.equal(8);
  });

  it('keeps prefixes with method prefix: addresses, MAC addresses and their manufacturers; other text becomes digests', async () => {
    const [part] = await anonymized([one], { columns: ['src_ip', 'dst_ip', 'src_mac', 'requested_server_name'], method: 'prefix', key });
    const [flow] = values(part!.select(['src_ip']), 'src_ip');
    expect(flow)
      .to.match(/^\d+\.\d+\.\d+\.\d+$/)
      .and.to.not.equal(row.src_ip);
    expect(values(part!, 'dst_ip')[0])
      .to.match(/^[0-9a-f:]+$/)
      .and.to.not.equal(row.dst_ip);
    const [mac] = values(part!, 'src_mac') as [string];
    expect(mac)
      .to.match(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
      .and.to.not.equal(row.src_mac);
    expect(values(part!, 'src_oui')).to.deep.equal([mac.slice(0, 8)]);
    expect(values(part!, 'requested_server_name')).to.deep.equal([digest(row.requested_server_name)]);
    expect(values(part!, 'community_id')).to.deep.equal([digest(row.community_id)]);
  });

  const told: [asked: string, also: string[]][] = [
    ['src_ip', ['community_id']],
    ['dst_ip', ['community_id']],
    ['src_mac', ['src_oui']],
    ['src_oui', ['src_mac']],
    ['requested_server_name', ['http_url']],
    ['http_url', ['requested_server_name']],
    ['note', []],
  ];
  for (const [asked, also] of told) {
    it(`anonymises with ${asked} also ${also.join(', ') || 'nothing'}`, async () => {
      const [part] = await anonymized([one], { columns: [asked], key });
      const changed = Object.keys(row).filter((name) => values(part!, name)[0] !== (row as Record<string, unknown>)[name]);
      expect(changed.sort()).to.deep.equal([asked, ...also].sort());
    });
  }

  it('makes no closed set of digests', async () => {
    const closed = FlowBatch.from([{ id: 1, application_category_name: 'Web' }]);
    const [part] = await anonymized([closed], { columns: ['application_category_name'], key });
    const table = tableFromIPC(await buffer(streamOf([part!]).pipe(toArrow({ dictionary: true }))));
    expect(table.getChild('application_category_name')!.get(0)).to.equal(digest('Web'));
  });

  it('says in the metadata what was done, and shows the key nowhere', async () => {
    const stage = anonymize({ columns: ['src_ip', 'requested_server_name'], method: 'prefix', key });
    const table = tableFromIPC(await buffer(streamOf([one]).pipe(stage).pipe(toArrow())));
    expect(JSON.parse(table.schema.metadata.get('nfstream.anonymized')!)).to.deep.equal({
      method: 'prefix',
      columns: { src_ip: 'Crypto-PAn', requested_server_name: 'BLAKE2b-512', community_id: 'BLAKE2b-512', http_url: 'BLAKE2b-512' },
    });
    expect(table.schema.fields.find((field) => field.name === 'src_ip')!.metadata.get('meaning')).to.match(/Anonymised\.$/);
    const everything = JSON.stringify([...table.schema.metadata]) + inspect(stage, { depth: 20, showHidden: true });
    for (const shape of [key.toString('hex'), key.toString('base64'), [...key].join(', '), key.toString('hex').replace(/..(?=.)/g, '$& ')])
      expect(everything).to.not.include(shape);
  });

  const refused: [options: unknown, code: string, message: RegExp][] = [
    [{}, 'ERR_NFSTREAM_OPTION_TYPE', /an array of names for columns but received none/],
    [[], 'ERR_NFSTREAM_OPTION_TYPE', /an array of names for columns/],
    [{ columns: [5] }, 'ERR_NFSTREAM_OPTION_TYPE', /an array of names/],
    [{ columns: ['src_ip'], method: 'sha1' }, 'ERR_NFSTREAM_OPTION_RANGE', /one of "hash", "prefix" for method/],
    [{ columns: ['src_ip'], key: 'a secret of mine' }, 'ERR_NFSTREAM_OPTION_TYPE', /^Expected a Buffer or Uint8Array for key but received a string\.$/],
    [{ columns: ['src_ip'], key: Buffer.alloc(15) }, 'ERR_NFSTREAM_OPTION_RANGE', /^Expected 16 to 64 bytes for key but received 15\.$/],
    [{ columns: ['src_ip'], key: Buffer.alloc(65) }, 'ERR_NFSTREAM_OPTION_RANGE', /16 to 64 bytes for key but received 65/],
    [
      { columns: ['src_ip'], key: Buffer.alloc(64), method: 'prefix' },
      'ERR_NFSTREAM_OPTION_RANGE',
      /^Expected 32 bytes for key with method 'prefix' but received 64\.$/,
    ],
    [{ column: ['src_ip'] }, 'ERR_NFSTREAM_OPTION_UNKNOWN', /Did you mean columns\?/],
  ];
  for (const [options, code, message] of refused) {
    it(`refuses ${JSON.stringify(options).slice(0, 60)}`, () => {
      expect(() => anonymize(options as AnonymizeOptions))
        .to.throw(FlowError, message)
        .with.property('code', code);
    });
  }

  const failing: [what: string, batch: FlowBatch, options: AnonymizeOptions, code: string, message: RegExp][] = [
    ['a column that does not exist', one, { columns: ['scr_ip'] }, 'ERR_NFSTREAM_COLUMN', /no column scr_ip to anonymise; this run has id, src_ip,/],
    ['a column of numbers', one, { columns: ['src_port'] }, 'ERR_NFSTREAM_ANONYMIZE', /The column src_port holds no text, and only text can be anonymised/],
    [
      'a text that is no address',
      one.select(['id']).withColumn('src_ip', 'text', ['example.com']),
      { columns: ['src_ip'], method: 'prefix' },
      'ERR_NFSTREAM_ANONYMIZE',
      /The column src_ip has a text that is no address, in row 0 of a batch/,
    ],
    [
      'a column that would tell, and is no text',
      one.select(['src_ip']).withColumn('flow_uid', 'int', [7]),
      { columns: ['src_ip'] },
      'ERR_NFSTREAM_ANONYMIZE',
      /The column flow_uid would tell src_ip, which is anonymised, and is no text/,
    ],
  ];
  for (const [what, batch, options, code, message] of failing) {
    it(`fails for ${what}`, async () => {
      const error = await failureOf(anonymized([batch], options));
      expect(error).to.be.instanceOf(FlowError).with.property('code', code);
      expect(error.message).to.match(message);
    });
  }

  it('takes batches only, is single-use, and lets a batch without columns through', async () => {
    expect((await failureOf(pipeline(Readable.from(['text']), anonymize(['src_ip']), toCsv(), streamEnd))).code).to.equal('ERR_NFSTREAM_BATCH_TYPE');
    const stage = anonymize(['src_ip']);
    await streamOf([one]).pipe(stage).toArray();
    expect((await failureOf(pipeline(streamOf([one]), stage, streamEnd))).message).to.match(/This anonymize\(\) stage was used already/);
    expect((await anonymized([FlowBatch.from([])], ['src_ip']))[0]!.length).to.equal(0);
  });

  async function streamEnd(source: AsyncIterable<unknown>): Promise<void> {
    for await (const _ of source);
  }

  it('raises the damage after the last flow, keeps back-pressure, and stops when it is destroyed or aborted', async () => {
    const damage = new FlowError('ERR_NFSTREAM_TRUNCATED', 'The capture ends in packet 7.');
    const damaged = FlowBatch.from([row], { damage });
    const got: number[] = [];
    const error = await failureOf(
      (async () => {
        for await (const batch of streamOf([damaged]).pipe(anonymize(['src_ip']))) got.push(batch.length);
      })(),
    );
    expect(error).to.equal(damage);
    expect(got).to.deep.equal([1]);

    let given = 0;
    const source = Readable.from(
      (function* () {
        for (;;) {
          given++;
          yield one;
        }
      })(),
      { highWaterMark: 1 },
    );
    const stage = source.pipe(anonymize(['src_ip']));
    await once(stage, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(given).to.be.below(12);
    stage.destroy();
    source.destroy();
    await once(stage, 'close');

    const abort = new AbortController();
    const endless = Readable.from(
      (function* () {
        for (;;) yield one;
      })(),
      { highWaterMark: 1 },
    );
    const aborted = failureOf(
      pipeline(
        endless,
        anonymize({ columns: ['src_ip'], signal: abort.signal }),
        new Writable({ objectMode: true, write: (_batch, _encoding, callback) => (abort.abort(), callback()) }),
      ),
    );
    expect((await aborted).name).to.equal('AbortError');
  });

  it('lets the event loop go round while it works', async () => {
    const batch = sampleBatch(8192);
    let rounds = 0;
    const timer = setInterval(() => rounds++, 1);
    await anonymized([batch], { columns: ['src_ip', 'requested_server_name'] });
    clearInterval(timer);
    expect(rounds).to.be.above(2);
  });
});

describe('what columns tell', () => {
  const table = [...fields, ...classicFields];

  it('has a statement about every text column', () => {
    expect([...table, ...stageFields].filter((field) => field.type === 'text' && !(field.name in derivations)).map((field) => field.name)).to.deep.equal([]);
  });

  it('gives addresses a form', () => {
    for (const field of table.filter(({ name, type }) => type === 'text' && /(^|_)(ip|mac|oui)($|_)/.test(name)))
      expect(derivations[field.name]!.form, field.name).to.be.oneOf(['address', 'mac', 'oui']);
  });

  it('is not said of a column itself', () => {
    for (const [name, { derives }] of Object.entries(derivations)) expect(derives).to.not.include(name);
  });
});
