import { Intervals } from './intervals.js';
import { Networks } from './network.js';
import type { CheckedRule, Ports } from './rule.js';

/** Rules in all indices by time together; with more, they begin anew. */
const mostKept = 2 ** 21;

const none: readonly number[] = [];

/** A rule that matches two addresses. */
interface Candidate {
  readonly rule: number;
  readonly backward: boolean;
}

/** The rules of flows between addresses of two networks, and by ports and protocol those that match in all but the time. */
interface Pair {
  readonly rules: readonly Candidate[];
  readonly byPorts: Map<number, Intervals>;
}

const nothing: Pair = { rules: [], byPorts: new Map() };
const never = new Intervals([], []);

/**
 * Finds the rules that match a flow without looking at all of them: by the narrowest networks of its addresses, by the ranges that its ports are in and by its protocol an index
 * by time is made when the first such flow comes.
 */
export class RuleIndex {
  /** What of a flow the rules ask for; the rest may be anything. */
  readonly uses: Readonly<Record<'addresses' | 'ports' | 'protocol' | 'times', boolean>>;
  readonly #rules: readonly CheckedRule[];
  readonly #networks = new Networks();
  /** The numbers of the networks of each rule. */
  readonly #numbers: readonly (readonly [source: number, destination: number])[];
  /** By number of a network: the rules whose source it is. */
  readonly #bySource: number[][];
  /** For each port, and behind them for none: the number of the range that it is in. No rule tells the ports of a range apart. */
  readonly #portRanges: Uint32Array;
  readonly #ranges: number;
  /** By the numbers of networks. */
  readonly #pairs = new Map<number, Pair>();
  #kept = 0;
  readonly #found: number[] = [];

  constructor(rules: readonly CheckedRule[]) {
    this.#rules = rules;
    this.#numbers = rules.map(({ networks }) => networks.map((network) => (network === null ? 0 : this.#networks.add(network))) as [number, number]);
    this.#bySource = Array.from({ length: this.#networks.size }, () => []);
    this.#numbers.forEach(([source], rule) => this.#bySource[source]!.push(rule));
    this.#portRanges = rangesOf(rules.flatMap(({ ports }) => ports.filter((range) => range !== null)));
    this.#ranges = this.#portRanges[65_536]! + 1;
    const some = (uses: (rule: CheckedRule) => boolean): boolean => rules.some(uses);
    this.uses = {
      addresses: some(({ networks }) => networks.some((network) => network !== null)),
      ports: some(({ ports }) => ports.some((range) => range !== null)),
      protocol: some(({ protocol }) => protocol !== null),
      times: some(({ from, to }) => from !== -Infinity || to !== Infinity),
    };
  }

  /** The number of the narrowest network of rules that an address is in; 0 for none, and for what is no address. */
  networkOf(address: Uint8Array | null): number {
    return address === null ? 0 : this.#networks.narrowest(address);
  }

  /**
   * The numbers of the rules that match a flow, the first rule first; the list is valid until the next call.
   * @param source, destination numbers of the narrowest networks of its addresses, @param protocol -1 where there is none, as with ports
   * @param first, last the time in which a rule must hold, with both, in milliseconds since 1970
   */
  find(source: number, destination: number, sourcePort: number, destinationPort: number, protocol: number, first: number, last: number): readonly number[] {
    const pair = this.#pairOf(source, destination);
    if (pair.rules.length === 0) return none;
    const intervals = this.#intervalsOf(pair, sourcePort, destinationPort, protocol);
    if (intervals.size <= 1) return intervals.size === 0 || !intervals.holds(first, last) ? none : intervals.numbers;
    const found = this.#found;
    found.length = 0;
    intervals.find(first, last, found);
    if (found.length > 1) found.sort((a, b) => a - b);
    return found;
  }

  #pairOf(source: number, destination: number): Pair {
    const key = source * this.#networks.size + destination;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      const rules = this.#between(source, destination);
      this.#keep(rules.length + 1);
      this.#pairs.set(key, (pair = rules.length === 0 ? nothing : { rules, byPorts: new Map() }));
    }
    return pair;
  }

  #intervalsOf({ rules, byPorts }: Pair, sourcePort: number, destinationPort: number, protocol: number): Intervals {
    // As small as may be: a Map finds integers of 31 bits far faster.
    const ports = this.#rangeOf(sourcePort) * this.#ranges + this.#rangeOf(destinationPort);
    const key = this.uses.protocol ? ports * 257 + protocol + 1 : ports;
    let intervals = byPorts.get(key);
    if (intervals === undefined) {
      const numbers = rules.filter(({ rule, backward }) => this.#fits(rule, backward, sourcePort, destinationPort, protocol)).map(({ rule }) => rule);
      intervals = numbers.length === 0 ? never : new Intervals(this.#rules, [...new Set(numbers)]);
      this.#keep(intervals.size + 1);
      byPorts.set(key, intervals);
    }
    return intervals;
  }

  /** Counts what is kept from now on; what is too much is forgotten before. */
  #keep(more: number): void {
    this.#kept += more;
    if (this.#kept <= mostKept) return;
    this.#pairs.clear();
    this.#kept = more;
  }

  #rangeOf(port: number): number {
    return this.#portRanges[port < 0 || port > 65_535 ? 65_536 : port]!;
  }

  /** The rules that match these addresses, and whether with their ends exchanged. */
  #between(source: number, destination: number): Candidate[] {
    const [sources, destinations] = [this.#networks.around(source), this.#networks.around(destination)];
    const ofEnds = (from: readonly number[], to: readonly number[], backward: boolean): Candidate[] =>
      from.flatMap((number) => this.#bySource[number]!.filter((rule) => to.includes(this.#numbers[rule]![1])).map((rule) => ({ rule, backward })));
    const backwards = ofEnds(destinations, sources, true).filter(({ rule }) => !this.#rules[rule]!.forward);
    return [...ofEnds(sources, destinations, false), ...backwards];
  }

  #fits(rule: number, backward: boolean, sourcePort: number, destinationPort: number, protocol: number): boolean {
    const { ports, protocol: asked } = this.#rules[rule]!;
    const [source, destination] = backward ? [destinationPort, sourcePort] : [sourcePort, destinationPort];
    return (asked === null || asked === protocol) && isIn(source, ports[0]) && isIn(destination, ports[1]);
  }
}

function isIn(port: number, range: Ports | null): boolean {
  return range === null || (port >= range[0] && port <= range[1]);
}

/** Numbers for ports, alike for those that are in the same ranges. */
function rangesOf(ranges: readonly Ports[]): Uint32Array {
  const begins = new Uint8Array(65_537);
  begins[65_536] = 1; // of what has no port
  for (const [least, most] of ranges) begins[least] = begins[most + 1] = 1;
  const numbers = new Uint32Array(65_537);
  for (let port = 1; port <= 65_536; port++) numbers[port] = numbers[port - 1]! + begins[port]!;
  return numbers;
}
