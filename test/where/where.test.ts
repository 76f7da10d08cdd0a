import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { FlowError } from '../../lib/errors.js';
import { FlowBatch } from '../../lib/flows/flow-batch.js';
import { aggregate, captureFile, Streamer, where } from '../../lib/index.js';
import { failureOf } from '../files/file-folder.js';
import { cut, sampleBatch, streamOf } from '../samples.js';

const rows = [
  {
    id: 0,
    src_ip: '10.0.0.1',
    application_name: 'DNS',
    protocol: 17,
    bidirectional_packets: 2,
    udps: 1.5,
    ns: 1_700_000_000_123_456_789n,
    note: 'ä',
    maybe: 1,
    odd: 0.1,
  },
  {
    id: 1,
    src_ip: '10.0.0.2',
    application_name: 'TLS.Google',
    protocol: 6,
    bidirectional_packets: 20,
    udps: -2.25,
    ns: 1_700_000_000_123_456_788n,
    note: '',
    maybe: null,
    odd: 0.2,
  },
  {
    id: 2,
    src_ip: '10.0.1.1',
    application_name: 'DNS.Google',
    protocol: 17,
    bidirectional_packets: 11,
    udps: 0,
    ns: 9_007_199_254_740_993n,
    note: null,
    maybe: 0,
    odd: 0.3,
  },
  {
    id: 3,
    src_ip: '::1',
    application_name: 'Unknown',
    protocol: 58,
    bidirectional_packets: 0,
    udps: 1e300,
    ns: -9_223_372_036_854_775_808n,
    note: '🦆"',
    maybe: -7,
    odd: 1,
  },
];
const batch = FlowBatch.from(rows)
  .withColumn('an odd name', 'int', [1, 2, 3, 4])
  .withColumn('pair', 'list', [
    [1, 2],
    [1, 2],
    [1, 2],
    [1, 2],
  ])
  .withColumn('by.dot', 'int', [5, 6, 7, 8]);

async function kept(expression: string, from: FlowBatch = batch): Promise<unknown[]> {
  const batches = (await streamOf([from]).pipe(where(expression)).toArray()) as FlowBatch[];
  return batches.flatMap((one) => [...one].map((flow) => flow.id));
}

const holds: [expression: string, ids: number[]][] = [
  ['application_name == "DNS" and bidirectional_packets > 1', [0]],
  ['applicationName == "DNS" or bidirectionalPackets == 11', [0, 2]],
  ['"DNS" != application_name', [1, 2, 3]],
  ['protocol in [6, 58]', [1, 3]],
  ['protocol not in [6, 58] && !(id == 0)', [2]],
  ['application_name in ["DNS", "Unknown"]', [0, 3]],
  ['ns in [1700000000123456788, -9223372036854775808]', [1, 3]],
  ['ns in [1.5, 9007199254740993]', [2]],
  ['odd in [0.1, 1]', [0, 3]],
  ['ns == 1700000000123456789', [0]],
  ['ns > 1700000000123456788', [0]],
  ['ns + 1 == 1700000000123456789', [1]],
  ['ns - 9007199254740993 == 0', [2]],
  ['ns * 2 == 18014398509481986', [2]],
  ['ns * ns > ns', [0, 1, 2, 3]],
  ['ns % 10 == 9', [0]],
  ['-ns == 9223372036854775808', [3]],
  ['abs(ns) > 9223372036854775807', [3]],
  ['bidirectional_packets * 9007199254740991 == 18014398509481982', [0]],
  ['protocol / 4 == 4.25', [0, 2]],
  ['id % 2 == 1', [1, 3]],
  ['10 / bidirectional_packets > 0', [0, 1, 2]],
  ['protocol % bidirectional_packets == 1', [0]],
  ['udps * 10 > 1', [0, 3]],
  ['udps * udps > 1', [0, 1]],
  ['udps < 0', [1]],
  ['udps % 1 == 0.5', [0]],
  ['id + udps >= 1.5', [0, 2, 3]],
  ['maybe == 0', [2]],
  ['maybe != 0', [0, 3]],
  ['not maybe == 0', [0, 3]],
  ['maybe == null', [1]],
  ['null != maybe', [0, 2, 3]],
  ['note == null or note == ""', [1, 2]],
  ['not (maybe > 0)', [2, 3]],
  ['maybe > 0 or id == 1', [0, 1]],
  ['id == 1 or maybe > 0', [0, 1]],
  ['not (maybe > 0 and id == 1)', [0, 2, 3]],
  ['not (maybe > 0 and id == 5)', [0, 1, 2, 3]],
  ['maybe + 1 > -100', [0, 2, 3]],
  ['note == "🦆\\""', [3]],
  ['note != "ä"', [1, 3]],
  ['length(note) == 1', [0]],
  ['length(note) == 2', [3]],
  ['contains(application_name, "Google")', [1, 2]],
  ['startsWith(src_ip, "10.0.0.")', [0, 1]],
  ['endsWith(lower(application_name), "google") and startsWith(upper(application_name), "TLS")', [1]],
  ['application_name < "E"', [0, 2]],
  ['src_ip >= "10.0.1" and src_ip < "10.0.2"', [2]],
  ['`an odd name` == 3', [2]],
  ['by.dot == 6', [1]],
  ['(id > 0) == (protocol == 17)', [2]],
  ['true', [0, 1, 2, 3]],
  ['false', []],
];

const wrong: [expression: string, message: RegExp][] = [
  ['protocol == 6 and bidirectional_packet > 1', /^where, column 19: there is no column bidirectional_packet; did you mean bidirectional_packets\?$/],
  ['applicationNam == "x"', /^where, column 1: there is no column applicationNam; did you mean application_name\?$/],
  ['splt_ps == 1', /^where, column 1: there is no column splt_ps; the option splt adds it\.$/],
  ['dst_mac == "x"', /^where, column 1: there is no column dst_mac\.$/],
  ['__proto__ == 1', /^where, column 1: there is no column __proto__/],
  ['protocol == "17"', /^where, column 10: a number and a text can't be compared; leave out the quotes\.$/],
  ['protocol == "x"', /^where, column 10: a number and a text can't be compared\.$/],
  ['id == true', /^where, column 4: a number and a condition can't be compared; compare the number with 1 or 0\.$/],
  ['id and true', /^where, column 1: this is a number, where a condition is expected; write id == 1, or another comparison\.$/],
  ['1 + 1', /^where, column 3: this is a number, where a condition is expected\.$/],
  ['not application_name', /^where, column 5: this is a text, where a condition is expected\.$/],
  ['null', /^where, column 1: this is null, where a condition is expected\.$/],
  ['id < null', /^where, column 4: null is compared with == and != only\.$/],
  ['true < false', /^where, column 6: conditions are compared with == and != only\.$/],
  ['1 + application_name == 2', /^where, column 5: this is a text, where a number is expected\.$/],
  ['-application_name == 2', /^where, column 2: this is a text, where a number is expected\.$/],
  ['id in ["a"]', /^where, column 4: a number can't be in a list of texts\.$/],
  ['note in [1]', /^where, column 6: a text can't be in a list of numbers\.$/],
  ['pair == 1', /^where, column 1: the column pair holds lists, which expressions can't read\.$/],
  ['contain(note, "a")', /^where, column 1: there is no function contain; did you mean contains\?$/],
  ['toString(note)', /^where, column 1: there is no function toString; /],
  ['contains(note)', /^where, column 1: contains\(\) takes a text and a text, but got 1 values\.$/],
  ['contains(note, 1)', /^where, column 16: this is a number, but contains\(\) takes a text here\.$/],
  ['length(note where id == 1) == 2', /^where, column 13: where stands in metrics only/],
];

describe('where()', () => {
  for (const [expression, ids] of holds.filter(([text]) => text !== 'note + 0 == null')) {
    it(`keeps the flows for which ${expression}`, async () => expect(await kept(expression)).to.deep.equal(ids));
  }

  for (const [expression, message] of wrong) {
    it(`is destroyed for ${expression}`, async () => {
      const error = await failureOf(kept(expression));
      expect([error.code, error.message]).to.satisfy(
        ([code, text]: [string, string]) => code === 'ERR_NFSTREAM_EXPRESSION' && message.test(text),
        error.message,
      );
    });
  }

  it('refuses what is no expression before there is a flow', () => {
    expect(() => where('protocol ='))
      .to.throw(FlowError, /^where, column 10: "=" is not known here/)
      .with.property('code', 'ERR_NFSTREAM_EXPRESSION');
    expect(() => where({} as never)).to.throw(FlowError, /^Expected a text for the expression of where\(\) but received none\.$/);
    expect(() => new Streamer({ source: 'a.pcap', where: 'protocol =' })).to.throw(FlowError, /^where, column 10/);
  });

  it('agrees with filter() on every row, over any cut of the batches, and keeps columns, schema and order', async () => {
    const sample = sampleBatch(3000);
    const expected = [...sample.filter((flow) => flow.srcPort > 300 && flow.id % 3 !== 0)].map((flow) => flow.toJSON());
    for (const sizes of [[3000], [1], [7, 500], [1024]]) {
      const stage = where('src_port > 300 and id % 3 != 0');
      const batches = (await streamOf(cut(sample, sizes)).pipe(stage).toArray()) as FlowBatch[];
      expect(batches.flatMap((one) => [...one].map((flow) => flow.toJSON()))).to.deep.equal(expected);
      expect(new Set(batches.map((one) => one.schema))).to.deep.equal(new Set([sample.schema]));
      expect(stage.report()).to.deep.equal({ flows: 3000, kept: expected.length });
    }
    expect(expected).to.have.length.within(1, 2999);
  });

  it('gives the same batch where all is kept, and no empty ones but the first', async () => {
    const parts = cut(batch, [1]);
    const all = (await streamOf(parts).pipe(where('true')).toArray()) as FlowBatch[];
    expect(all.map((one, index) => one === parts[index])).to.deep.equal([true, true, true, true]);
    const none = (await streamOf(parts).pipe(where('id == 2')).toArray()) as FlowBatch[];
    expect(none.map((one) => one.length)).to.deep.equal([0, 1]);
  });

  it('gives a batch of every capture that is a run of its own, and raises damage behind the last flow', async () => {
    const office = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
    const dns = fileURLToPath(new URL('../../fixtures/dns.pcap.gz', import.meta.url));
    const stage = where('application_name == "SSH"');
    const batches = (await captureFile([office, dns], { perFile: true }).pipe(aggregate()).pipe(stage).toArray()) as FlowBatch[];
    expect(new Set(batches.map((one) => one.source?.file))).to.deep.equal(new Set([office, dns]));
    expect(batches.flatMap((one) => [...one].map((flow) => flow.applicationName))).to.deep.equal(['SSH', 'SSH']);

    const damage = new FlowError('ERR_NFSTREAM_CORRUPT', 'Damaged here.');
    const damaged = FlowBatch.from(rows, { damage });
    const seen: unknown[] = [];
    const error = await failureOf(
      (async () => {
        for await (const one of streamOf([damaged]).pipe(where('id > 1'))) seen.push(...[...one].map((flow) => flow.id));
      })(),
    );
    expect([seen, error]).to.deep.equal([[2, 3], damage]);
  });

  it('takes one source, batches only, and a signal', async () => {
    const stage = where('id > 1');
    await streamOf([batch]).pipe(stage).toArray();
    const error = await failureOf(pipeline(streamOf([batch]), stage, new PassThrough({ objectMode: true }).resume()));
    expect(error).to.be.instanceOf(FlowError).with.property('code', 'ERR_NFSTREAM_STAGE_REUSED');
    const [wrongType] = (await once(Readable.from([5]).pipe(where('id > 1')), 'error')) as [FlowError];
    expect(wrongType.code).to.equal('ERR_NFSTREAM_BATCH_TYPE');
    const [aborted] = (await once(where({ expression: 'id > 1', signal: AbortSignal.abort() }), 'error')) as [Error];
    expect(aborted.name).to.equal('AbortError');
  });

  it('says nothing of columns where a source has none', async () => {
    expect(await kept('nothing > 1', FlowBatch.from([]))).to.deep.equal([]);
  });

  it('is an option of the Streamer, before anonymize', async () => {
    const source = fileURLToPath(new URL('../../fixtures/office.pcap', import.meta.url));
    const names: string[] = [];
    for await (const flow of new Streamer({ source, where: 'src_ip == "192.168.1.10" and dst_port == 22', anonymize: ['src_ip'] }))
      names.push(`${flow.srcIp.length} ${flow.applicationName}`);
    expect(names).to.deep.equal(['128 SSH', '128 SSH']);
  });
});
