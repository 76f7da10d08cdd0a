import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { explain, type Difference, type Explanation, type Formula } from '../../bench/parity/explained.js';
import { knowsMore } from '../../bench/parity/knows-more.js';
import { matchFlows, unorderedEnds, type Row } from '../../bench/parity/match.js';
import { joinReaderText, parseReaderCsv, readerAddress } from '../../bench/parity/ndpi-reader.js';
import { readReference, referenceName } from '../../bench/parity/reference.js';

const columns = ['src_ip', 'src_port', 'dst_ip', 'dst_port', 'protocol', 'bidirectional_first_seen_ms', 'bidirectional_packets'];

function flow(port: number, firstSeen: number, packets: number): Row {
  return {
    src_ip: '10.0.0.1',
    src_port: port,
    dst_ip: '10.0.0.2',
    dst_port: 53,
    protocol: 17,
    bidirectional_first_seen_ms: firstSeen,
    bidirectional_packets: packets,
  };
}

// The first two are records of the same ends, as after a timeout.
const flows = [flow(1000, 5, 2), flow(1000, 900, 7), flow(1001, 5, 2), flow(1002, 8, 1)];

function match(ours: Row[]): ReturnType<typeof matchFlows> {
  return matchFlows(flows, ours, [unorderedEnds], columns);
}

describe('bench/parity/match', () => {
  it('finds a set equal to itself in any order', () => {
    const { pairs, missing, extra } = match(flows.map((row) => ({ ...row })).reverse());
    expect(pairs.map((pair) => pair.differs)).to.deep.equal([[], [], [], []]);
    expect([missing, extra]).to.deep.equal([[], []]);
  });

  it('pairs a changed flow with the one most like it and names the columns', () => {
    const { pairs, missing, extra } = match([flow(1000, 5, 3), flow(1000, 900, 7), flow(1001, 5, 2), flow(1002, 8, 1)]);
    expect(pairs.filter((pair) => pair.differs.length > 0)).to.deep.equal([
      { reference: flows[0], ours: flow(1000, 5, 3), differs: ['bidirectional_packets'] },
    ]);
    expect([missing, extra]).to.deep.equal([[], []]);
  });

  it('pairs a flow whose direction differs', () => {
    const turned = { ...flow(1002, 8, 1), src_ip: '10.0.0.2', src_port: 53, dst_ip: '10.0.0.1', dst_port: 1002 };
    const { pairs } = match([...flows.slice(0, 3), turned]);
    expect(pairs.at(-1)?.differs).to.deep.equal(['src_ip', 'src_port', 'dst_ip', 'dst_port']);
  });

  it('never pairs flows of different keys, however alike', () => {
    const other = { ...flow(3000, 5, 2), dst_port: 443 };
    const { pairs, missing, extra } = matchFlows([flow(1000, 5, 2)], [other], [unorderedEnds], ['bidirectional_packets']);
    expect([pairs, missing, extra]).to.deep.equal([[], [flow(1000, 5, 2)], [other]]);
  });

  it('reports flows that only one side has', () => {
    const { pairs, missing, extra } = match([flow(1000, 5, 2), flow(1000, 5, 2), flow(1001, 5, 2), flow(2000, 1, 1)]);
    expect(pairs.length).to.equal(3);
    expect(missing).to.deep.equal([flows[3]]);
    expect(extra).to.deep.equal([flow(2000, 1, 1)]);
  });
});

describe('bench/parity/explained', () => {
  const missing: Difference[] = flows.slice(2).map((row) => ({ kind: 'missing', flow: row }));
  const changed: Difference = { kind: 'columns', flow: flows[0]!, pair: { reference: flows[0]!, ours: flow(1000, 5, 3), differs: ['bidirectional_packets'] } };
  const explanation: Explanation = { references: ['default'], capture: 'x.pcap', rule: 'a-rule', differs: 'missing', flows: 2 };

  it('explains exactly the number of flows that it promises', () => {
    expect([...explain([explanation], [], [...missing, changed]).rules.keys()]).to.deep.equal(missing);
    const { rules, broken } = explain([{ ...explanation, flows: 3 }], [], missing);
    expect(rules.size).to.equal(0);
    expect(broken).to.deep.equal(['a-rule expects 3 flows (missing) in x.pcap, but there are 2']);
  });

  it('explains columns only when they are all named', () => {
    const differs = ['bidirectional_packets'];
    expect(explain([{ ...explanation, differs, flows: 1 }], [], [changed]).rules.get(changed)).to.equal('a-rule');
    expect(explain([{ ...explanation, differs: [...differs, 'src_ip'], flows: 1 }], [], [changed]).rules.size).to.equal(0);
  });

  it('explains any columns of a flow that where names, and what a formula says', () => {
    expect(explain([{ ...explanation, differs: 'changed', flows: 1, where: { src_port: 1000 } }], [], [changed]).rules.get(changed)).to.equal('a-rule');
    const formula = (sum: number): Formula => ({ references: ['default'], rule: 'a-sum', holds: ({ ours }) => ours['bidirectional_packets'] === sum });
    expect([...explain([], [formula(3)], [...missing, changed]).rules]).to.deep.equal([[changed, 'a-sum']]);
    expect(explain([], [formula(4)], [changed]).rules.size).to.equal(0);
  });

  it('keeps to the flows that have the values of where', () => {
    const { rules } = explain([{ ...explanation, flows: 1, where: { src_port: 1001 } }], [], missing);
    expect([...rules.keys()]).to.deep.equal([missing[0]]);
  });
});

describe('bench/parity/reference', () => {
  it('reads plain and compressed JSON Lines by capture', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parity-'));
    try {
      const text = ['a.pcap', 'b.pcap', 'a.pcap'].map((capture, i) => `${JSON.stringify({ capture, ...flows[i] })}\n`).join('');
      writeFileSync(join(folder, 'short.jsonl'), text);
      writeFileSync(join(folder, 'short.jsonl.gz'), gzipSync(text));
      for (const name of ['short.jsonl', 'short.jsonl.gz']) {
        expect([...readReference(join(folder, name))]).to.deep.equal([
          ['a.pcap', [flows[0], flows[2]]],
          ['b.pcap', [flows[1]]],
        ]);
        expect(referenceName(join(folder, name))).to.equal('short');
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('bench/parity/knows-more', () => {
  const cases: [name: string, reference: string, ours: string, confidence: number, more: boolean][] = [
    ['a name where there is none', '', 'www.example.org', 6, true],
    ['a label by its hello', '', '', 110, true],
    ['the same', '', '', 6, false],
    ['another name', 'a.example', 'b.example', 110, false],
    ['no name where there is one', 'a.example', '', 6, false],
  ];
  for (const [name, reference, ours, confidence, more] of cases) {
    it(`${more ? 'takes' : 'does not take'} ${name} for more`, () => {
      expect(knowsMore({ requested_server_name: reference }, { requested_server_name: ours, application_confidence: confidence })).to.equal(more);
    });
  }
});

describe('bench/parity/ndpi-reader', () => {
  const csv = (name: string): Buffer =>
    Buffer.from(
      `#flow_id,protocol\n7,17,1.5,2.5,1.000,fe80::1,5353,ff02::fb,53,5.126,DNS.Google,${name},1,103,61,2,159,117,-0.214,Mixed,59.2,73.6,0\n`,
      'latin1',
    );

  it('reads names with commas and with bytes that are not UTF-8', () => {
    const [row] = parseReaderCsv(csv('a,12,b.example'));
    expect(row).to.include({
      protocol: 17,
      src_port: 5353,
      dst_ip: 'ff02::fb',
      application_name: 'DNS.Google',
      requested_server_name: 'a,12,b.example',
      bidirectional_packets: 3,
    });
    expect(parseReaderCsv(csv('a\xffb'))[0]).to.include({ requested_server_name: 'a\ufffdb' });
    expect(parseReaderCsv(csv(''))[0]).to.include({ requested_server_name: '' });
  });

  it('refuses a line that it does not understand', () => {
    expect(() => parseReaderCsv(Buffer.from('7,17,half a line\n'))).to.throw('not understood');
  });

  const line = (rest: string): Buffer =>
    Buffer.from(
      `\n\nDetected:\n\t1\tUDP [fe80::1]:5353 <-> [ff02::fb]:53 [VLAN: 7][proto: 5.126/DNS.Google][ClearText][Confidence: DPI (cache)]${rest}`,
      'latin1',
    );
  const packets = '[1 pkts/103 bytes <-> 2 pkts/159 bytes][Goodput ratio: 59/73]';

  it('takes category, confidence and risks from the text', () => {
    const [row] = joinReaderText(
      parseReaderCsv(csv('')),
      line(`[cat: Network/14]${packets}[URL: x/[Risk: none]][Risk: ** XSS Attack **** HTTP Suspicious URL **][Risk Score: 200][TLSv1.2]\n`),
    );
    expect(row).to.include({
      application_name: 'DNS.Google',
      application_category_name: 'Network',
      application_confidence_name: 'DPI (cache)',
      risks: 'XSS Attack;HTTP Suspicious URL',
      risk_score: 200,
    });
    expect(joinReaderText(parseReaderCsv(csv('')), line(`${packets}\n`))[0]).to.include({ application_category_name: 'Unspecified', risks: '', risk_score: 0 });
  });

  it('refuses a text that is not of the same flows', () => {
    expect(() => joinReaderText(parseReaderCsv(csv('')), Buffer.from(''))).to.throw('0 flows');
    expect(() => joinReaderText(parseReaderCsv(csv('')), line('[9 pkts/103 bytes -> 0 pkts/0 bytes]\n'))).to.throw('where its CSV has');
  });

  it('brings addresses of both sides to one form', () => {
    expect(readerAddress('302e:0:3d00::8001')).to.equal(readerAddress('302e::3d00::8001'));
    expect(readerAddress('1:0:0:2::3')).to.equal(readerAddress('1::0:2::3'));
    expect(readerAddress('10.0.0.1')).to.equal('10.0.0.1');
  });
});
