import { expect } from 'chai';
import { FlowBatch } from '../../../lib/index.js';
import { FlowRow } from '../../../lib/cli/top/flow-row.js';
import { painted, type Line } from '../../../lib/cli/top/painting.js';
import type { TopApplication, TopData, TopFlow } from '../../../lib/cli/top/top-data.js';
import { topView } from '../../../lib/cli/top/view.js';
import { begin, chosenApplications, chosenFlows, pressed, type ViewState } from '../../../lib/cli/top/view-state.js';
import { displayWidth } from '../../../lib/cli/terminal/terminal-text.js';
import { nastyNames } from '../../samples.js';

const application = (name: string, n: number): TopApplication => ({
  name,
  bytesPerSecond: 1000 * n,
  packetsPerSecond: n,
  bytes: 9000 - n,
  packets: n,
  flows: n,
  history: [0, n, 2 * n],
});

function flowsOf(rows: Record<string, unknown>[]): TopFlow[] {
  const batch = FlowBatch.from(rows);
  return rows.map((_, row) => ({ flow: new FlowRow(batch, row), bytesPerSecond: 100 * row, packetsPerSecond: row, history: [row] }));
}

const row = (n: number, more: object = {}): Record<string, unknown> => ({
  src_ip: '192.168.1.10',
  src_port: 50_000 + n,
  dst_ip: n % 2 === 0 ? '203.0.113.5' : '2001:db8::5',
  dst_port: 443,
  protocol: 6,
  application_name: `App${n}`,
  requested_server_name: `${n}.example.org`,
  bidirectional_packets: 10 * n,
  bidirectional_bytes: 5000 - n,
  bidirectional_first_seen_ms: 1_700_000_000_000,
  bidirectional_last_seen_ms: 1_700_000_000_000 + 1000 * n,
  ...more,
});

const dataOf = (applications: TopApplication[], flows: TopFlow[]): TopData => ({
  facts: ['eth0', '1.2 MB/s'],
  trouble: '',
  history: [1, 2, 3],
  stepMs: 1000,
  applications,
  flows,
  leftOut: '',
});

function screen(data: TopData, state: ViewState, columns: number, rows: number, color = false): string[] {
  const seen = topView(data, state, chosenApplications(data.applications, state), chosenFlows(data.flows, state), [], { columns, rows });
  return seen.lines.map((line) => painted(line, columns, color));
}

const plain = (line: string): string => line.replace(/\x1b\[[0-9;]*m/g, '');

describe('the view of nfstream top', () => {
  const usual = dataOf([application('DNS', 1), application('TLS.Google', 3)], flowsOf(Array.from({ length: 40 }, (_, n) => row(n))));

  for (const [columns, rows] of [
    [80, 24],
    [81, 25],
    [120, 40],
    [200, 60],
    [40, 10],
    [20, 8],
    [300, 200],
  ] as const)
    it(`fills ${columns} by ${rows} cells and no more`, () => {
      const lines = screen(usual, begin, columns, rows);
      expect(lines).to.have.length(rows);
      for (const line of lines) expect(displayWidth(plain(line)), line).to.be.at.most(columns);
      expect(plain(lines[0]!)).to.match(/^eth0/);
      expect(plain(lines.at(-1)!)).to.match(/^q quit/);
    });

  it('shows both ends of a flow, what it is, and how much, on 80 cells', () => {
    const lines = screen(usual, begin, 80, 24).map(plain);
    expect(lines[2]).to.match(/^ {2}APPLICATION +RATEv +BYTES +PACKETS +FLOWS/);
    expect(lines[3]).to.match(/^ {2}TLS\.Google +3\.0 kB\/s +9\.0 kB +3 +3 +▅█$/);
    const flow = lines.find((line) => line.includes('50038'))!;
    expect(flow).to.match(/^ {2}192\.168\.1\.10:50038 -> 203\.0\.1… TCP App38 3… +3\.8 kB\/s +5\.0 kB +38\.0 s/);
  });

  it('says so where there is no room', () => {
    expect(screen(usual, begin, 80, 7).map(plain)).to.deep.equal(['The terminal is too small.']);
  });

  it('shows hostile names as text, on one line', () => {
    const hostile = [...nastyNames, '\x1b[2J\x1b]0;title\x07', '\u202egpj.exe', '漢字'.repeat(50), 'x'.repeat(10_000)];
    const data = dataOf(
      hostile.map((name, n) => application(`${n}`, n + 1)),
      flowsOf(hostile.map((name, n) => row(n, { application_name: name, requested_server_name: name, src_ip: name, dst_ip: name }))),
    );
    for (const size of [80, 200]) {
      for (const line of screen(data, begin, size, 60)) {
        expect(displayWidth(plain(line))).to.be.at.most(size);
        expect(plain(line)).to.not.match(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }
    }
    for (const { flow } of data.flows) for (const [, value] of flow.details()) expect(value).to.not.match(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });

  it('has no colours where none are wanted, and shows what is chosen all the same', () => {
    const [withColor, without] = [screen(usual, begin, 80, 24, true), screen(usual, begin, 80, 24, false)];
    expect(withColor.map(plain)).to.deep.equal(without.map(plain));
    expect(withColor.join('')).to.match(/\x1b\[3[0-9]m/);
    expect(without.join('')).to.not.match(/\x1b\[(3[0-8]|4[0-8]|9\d|10\d)m/);
    expect(without.find((line) => line.includes('50039'))).to.include('\x1b[7m');
  });

  it('tells what was dropped and what is left out', () => {
    const lines = screen({ ...usual, trouble: '5 packets dropped', leftOut: 'without 7 small ones' }, { ...begin, paused: true }, 80, 24).map(plain);
    expect(lines[0]).to.equal('eth0  1.2 MB/s  5 packets dropped  paused');
    expect(lines[1]).to.match(/^▃▆█ {2}1\.00 s {2}without 7 small ones$/);
  });

  it('has a list of keys, and the columns of a flow', () => {
    expect(
      screen(usual, { ...begin, over: 'help' }, 80, 24)
        .map(plain)
        .join('\n'),
    ).to.match(/ {2}Tab +applications or flows\n/);
    const details = usual.flows[1]!.flow.details();
    const lines: Line[] = topView(usual, { ...begin, over: 'details', scrolled: 3 }, [], [], details, { columns: 80, rows: 24 }).lines;
    expect(plain(painted(lines[2]!, 80, false))).to.match(/^dst_port +443$/);
  });
});

describe('what keys do in nfstream top', () => {
  const press = (state: ViewState, ...names: string[]): ReturnType<typeof pressed> => {
    let made: ReturnType<typeof pressed> = { state, effect: null };
    for (const name of names) made = pressed(made.state, { name: name.toLowerCase(), text: Array.from(name).length === 1 ? name : '' }, 30, 10);
    return made;
  };
  const cases: [keys: string[], change: Partial<ViewState>, effect?: string][] = [
    [['q'], {}, 'quit'],
    [['tab'], { pane: 'applications' }],
    [['tab', 'tab'], {}],
    [['s'], { order: 'bytes' }],
    [['s', 's', 's', 's', 's', 's'], { order: 'rate' }],
    [['r'], { reversed: true }],
    [['r', 's'], { order: 'bytes' }],
    [['p'], { paused: true }],
    [['space', 'p'], {}],
    [['down', 'down', 'up'], { chosen: { applications: 0, flows: 1 } }],
    [['up'], {}],
    [['pagedown', 'pagedown', 'j'], { chosen: { applications: 0, flows: 21 } }],
    [['end', 'down'], { chosen: { applications: 0, flows: 29 } }],
    [['G', 'pageup', 'k'], { chosen: { applications: 0, flows: 18 } }],
    [['end', 'g'], {}],
    [['/', 'q', 'u', 'i', 'c'], { typing: true, filter: 'quic' }],
    [['/', 'a', 'b', 'backspace', 'return'], { filter: 'a' }],
    [['/', 'a', 'return', 'escape'], {}],
    [['/', 'a', 'escape'], {}],
    [['down', '/', 'é'], { typing: true, filter: 'é' }],
    [['?'], { over: 'help' }],
    [['h', '?'], {}],
    [['?', 'q'], { over: 'help' }, 'quit'],
    [['return'], {}, 'details'],
    [['tab', 'd'], { pane: 'applications' }, 'only this application'],
    [['f12'], {}],
  ];
  for (const [keys, change, effect = null] of cases)
    it(`${keys.join(' ')}: ${JSON.stringify(change)}${effect === null ? '' : `, ${effect}`}`, () => {
      expect(press(begin, ...keys)).to.deep.equal({ state: { ...begin, ...change }, effect });
    });

  it('details scroll to their end and no further, and close', () => {
    const over: ViewState = { ...begin, over: 'details' };
    expect(press(over, 'down', 'pagedown').state.scrolled).to.equal(11);
    expect(press(over, 'end').state.scrolled).to.equal(20);
    expect(press(over, 'end', 'escape').state).to.deep.equal(begin);
  });

  it('a filter is not longer than 200 characters', () => {
    expect(press(begin, '/', ...Array<string>(300).fill('x')).state.filter).to.have.length(200);
  });

  const flows = flowsOf([0, 1, 2, 3].map((n) => row(n)));
  const applications = [application('DNS', 1), application('TLS.Google', 3), application('HTTP', 2)];
  for (const [state, ports, names] of [
    [{}, [3, 2, 1, 0], ['TLS.Google', 'HTTP', 'DNS']],
    [{ reversed: true }, [0, 1, 2, 3], ['DNS', 'HTTP', 'TLS.Google']],
    [{ order: 'bytes' }, [0, 1, 2, 3], ['DNS', 'HTTP', 'TLS.Google']],
    [{ order: 'duration' }, [3, 2, 1, 0], ['TLS.Google', 'HTTP', 'DNS']],
    [{ order: 'name' }, [0, 1, 2, 3], ['DNS', 'HTTP', 'TLS.Google']],
    [{ order: 'name', reversed: true }, [3, 2, 1, 0], ['TLS.Google', 'HTTP', 'DNS']],
    [{ filter: '2001:DB8' }, [3, 1], []],
    [{ filter: '2.EXAMPLE' }, [2], []],
    [{ filter: 'tls' }, [], ['TLS.Google']],
  ] as [Partial<ViewState>, number[], string[]][])
    it(`${JSON.stringify(state)} shows ${ports.join()} and ${names.join()}`, () => {
      const chosen = { ...begin, ...state };
      expect(chosenFlows(flows, chosen).map(({ flow }) => Number(/:5000(\d)/.exec(flow.ends)![1]))).to.deep.equal(ports);
      expect(chosenApplications(applications, chosen).map(({ name }) => name)).to.deep.equal(names);
    });
});
