import type { accountingModes } from '../options.js';
import type { FlowError } from '../errors.js';
import type { AnyPlugin, GivenMetrics } from '../plugins/index.js';
import type { Preset } from '../schema/choose-fields.js';

/** Options of {@link aggregate} for how packets become flows. */
export interface MeteringOptions {
  /** Seconds without a packet after which a flow ends; 0 makes every packet a flow, Infinity never ends one. Fractions down to a millisecond. Default 120. */
  idleTimeout?: number;
  /** Seconds after a flow's first packet at which it is cut; 0 makes every packet a flow, Infinity never cuts. Default 1800. */
  activeTimeout?: number;
  /** Most flows open at once, 1 to 500,000,000; at the limit the least recently used one is exported. Default 1,000,000. */
  capacity?: number;
  /** Packets of a flow that nDPI may look at, 0 to 255; 0 turns nDPI and its columns off and needs no libndpi. Default 20. */
  dissections?: number;
  /**
   * The columns: those of nfstream 6 ('nfstream', the default), the 14 of its first releases ('classic'), the facts of Zeek's conn.log
   * under our names ('zeek'), every one ('full'), or these names in this
   * order. Options that add columns add to it.
   */
  features?: Preset | readonly string[];
  /**
   * Flow tables that share the work, with labels by address pair, each on a thread of its own with an nDPI of its own, 1 to 64, or 'auto' for as many as there
   * are cores (one where plugins are called for packets). Flows, ids and order are the same for any number, and so are those that give way at `capacity`; of the
   * labels those that nDPI takes from its memory of earlier flows may differ (docs/differences.md). Default 1, whose nDPI has a thread beside it; without labels and
   * `maxFlows` half as many as there are cores, at most 4, unless plugins are called for packets.
   */
  meters?: number | 'auto';
  /** Adds 48 columns of packet sizes, gaps and TCP flags. Default false. */
  statistics?: boolean;
  /** Adds the columns splt_direction, splt_ps and splt_piat_ms: lists of this many items, 0 to 65,535. Default 0. */
  splt?: number;
  /** Unit of times and gaps, and the ending of their columns' names. Default 'ms'. */
  timeUnit?: 'ms' | 'us' | 'ns';
  /**
   * Points in time as integers ('int', the default: 0 where a direction has none), as integers that Arrow and Parquet know as timestamps ('arrow') or
   * as text of RFC 3339 in UTC ('iso'); both null where there is none.
   */
  timestamps?: 'int' | 'arrow' | 'iso';
  /** What counts as a packet's bytes; also by nfstream's numbers 0 to 3. Default 'frame'. */
  accountingMode?: (typeof accountingModes)[number] | 0 | 1 | 2 | 3;
  /** Adds the column end_reason. Default false. */
  endReason?: boolean;
  /** Adds the column community_id (Community ID version 1), which other tools give the same flow. Default false. */
  communityId?: boolean;
  /** Seed of the Community IDs, 0 to 65,535. Default 0. */
  communityIdSeed?: number;
  /** Adds flow_uid, connection_uid and part: names of flows that hold across files and runs. Default false. */
  uid?: boolean;
  /** Adds bytes and packets per second, for both directions and each. Default false. */
  rates?: boolean;
  /** Adds min_active_ms to max_idle_ms: lengths of the periods in which the flow was active and idle. Default false. */
  activity?: boolean;
  /** Seconds: a longer gap is an idle period; Infinity has none. Fractions down to a millisecond. Default 5. */
  activityTimeout?: number;
  /** Adds src2dst_payload and dst2src_payload: this many of the first payload bytes of each direction in hex, 0 to 65,535. Default 0. */
  payloadBytes?: number;
  /** Adds src2dst_payload_entropy and dst2src_payload_entropy, in bits a byte. Default false. */
  payloadEntropy?: boolean;
  /** How many of the first payload bytes of each direction payloadEntropy looks at, 1 to 65,535. Default 256. */
  entropyBytes?: number;
  /**
   * Makes pieces for {@link stitch}: adds the columns that it needs, gives a row of bounds behind the flows of each run, and sets `activeTimeout` to Infinity. Refuses options that
   * end or leave out flows inside a capture: another `activeTimeout`, `tcpExpiry`, `maxClockStep`, `maxFlows` and `freezeAfter`. Default false.
   */
  partial?: boolean;
  /** With `partial`: where the packets were captured. Pieces of several observation points never join. Default ''. */
  observationPoint?: string;
  /**
   * The columns that are frozen (docs/fields.md says which) tell of a flow as it was at its packet of this number, or at its end if it has fewer: as if what came later had been cut
   * away, while the flow goes on, is labelled and ends as without it. 0, the default, tells of all packets.
   */
  freezeAfter?: number;
  /** Adds application_breed and application_confidence_name. Default false, as all that follow. */
  applicationDetails?: boolean;
  /** Adds risks, risk_score, risk_client_score and risk_server_score. */
  risks?: boolean;
  /** Adds ja3, ja3s, ja4, tls_version, tls_cipher, tls_alpn, tls_issuer, tls_subject, tls_not_before_ms and tls_not_after_ms. */
  tls?: boolean;
  /** Adds hassh and hassh_server. */
  ssh?: boolean;
  /** Adds http_method, http_host, http_url, http_status, http_request_content_type and http_server. */
  http?: boolean;
  /** Adds dns_query, dns_query_type, dns_response_code, dns_records and dns_answer. */
  dns?: boolean;
  /** Adds dhcp_fingerprint, dhcp_class and dhcp_host_name. */
  dhcp?: boolean;
  /** Adds detected_os. */
  detectedOs?: boolean;
  /** Adds dst_name by the plugin {@link dstName}, which watches every packet: with one meter, and not with `worker`. Default false. */
  dstName?: boolean;
  /** Columns of your own: what to make of the packets of a flow, in the language of docs/metrics.md, as in `{ big: 'count(packet.size > 666)' }`. Default none. */
  metrics?: Readonly<Record<string, string>>;
  /**
   * Path of a file of rules in nDPI's format (its protos.txt): ports, addresses and host names that get labels of your own. A line that is no
   * rule is an error that names it. Default '': none.
   */
  protocolsFile?: string;
  /** Path of a file in nDPI's format (its categories.txt): a host or address, a tab and the number of a category a line. Default '': none. */
  categoriesFile?: string;
  /**
   * Seconds, 0.001 or more, or Infinity. A packet whose time is further ahead of the clock is ignored (`clock_step`) instead of ending every
   * flow. The clock is believed to have moved when the next packet is as far ahead and the two are no further apart than this: a real gap
   * in a capture costs its first packet. The first packet of a run is always believed. Default Infinity.
   */
  maxClockStep?: number;
  /**
   * Ends the stage, and its source, when this many flows have ended: they are exactly the first of the full output, and open ones are
   * discarded. With `perFile` it counts over all captures. Default 0, which does not stop.
   */
  maxFlows?: number;
  /**
   * What ends a TCP flow besides its timeouts: a RST ('rst'), that and both FINs acknowledged ('fin'), or that and the destination's first FIN ('cicflowmeter'). Such a flow is closed: it waits
   * `tcpLinger` for late packets, and a SYN ends it and begins a new one. Default 'none'.
   */
  tcpExpiry?: 'none' | 'rst' | 'fin' | 'cicflowmeter';
  /** Seconds without a packet after which a closed flow ends (sooner if `idleTimeout` is shorter). Fractions down to a millisecond, Infinity for never. Default 5. */
  tcpLinger?: number;
  /**
   * When flows end: 'nfstream' by the options above, 'cicflowmeter' as CICFlowMeter's: when they are more than 120 s old, at a RST, and at the destination's first FIN; what follows makes a new
   * flow. It takes the place of `idleTimeout`, `activeTimeout`, `tcpExpiry` and `tcpLinger`, which can't be given besides. Default 'nfstream'.
   */
  expiry?: 'nfstream' | 'cicflowmeter';
  /** Adds the columns tcp_state, tcp_history and tcp_originator, as Zeek tells them. Default false. */
  tcpState?: boolean;
  /** Adds 4 columns of retransmissions and segments out of order, by Wireshark's rules. Default false. */
  tcpQuality?: boolean;
  /** Adds 10 columns of TCP windows and the options of SYNs. Default false. */
  tcpWindow?: boolean;
  /** Adds src2dst_tcp_options and dst2src_tcp_options: the options of the SYNs as text. Default false. */
  tcpOptions?: boolean;
  /** Adds tcp_rtt_client_ms and tcp_rtt_server_ms: the round trips of the handshake. Default false. */
  tcpRtt?: boolean;
  /** Adds 4 columns of the smallest and largest time to live. Default false. */
  ttl?: boolean;
  /** Adds the columns icmp_type and icmp_code. Default false. */
  icmp?: boolean;
  /** Adds the columns vlan_ids and mpls_labels: every VLAN and MPLS label around a flow. Default false. */
  tags?: boolean;
  /** Adds 2 columns that count IP fragments. Default false. */
  ipFragments?: boolean;
  /** Adds 2 columns of the differentiated services code point. Default false. */
  dscp?: boolean;
  /** Adds 4 columns: bytes of headers and packets with payload. Default false. */
  headers?: boolean;
  /** Adds 30 columns: sizes of payload, bulks, subflows, transport headers and first windows, as CICFlowMeter's features need them. Default false. */
  cic?: boolean;
  /**
   * Adds system_process_pid and system_process_name: the process of this machine that a flow belongs to. Only for packets of {@link captureLive}; it needs CAP_SYS_PTRACE and
   * CAP_DAC_READ_SEARCH for processes of other users, and a process warning says which of them is missing. Default false.
   */
  processes?: boolean;
  /** Adds new_packets and new_bytes: what no row of the flow before has told of, where {@link FlowAggregator.snapshot} gives it several. Default false. */
  increments?: boolean;
  /** Destroys the stage when it is aborted. */
  signal?: AbortSignal;
}

/** Options of {@link aggregate} for plugins. */
export interface PluginOptions<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[], Names extends string = string, Values = any> {
  /** Objects whose hooks are called for packets and flows, in this order, and which add columns. One that has `onInit` or `onUpdate` needs `meters: 1`. Default none. */
  plugins?: Plugins;
  /**
   * Metrics by their names: a function that is called for every packet of a flow, as in `{ big: (packet, flow) => { if (packet.size > 666) flow.metrics.big += 1; } }`, or what a
   * {@link Metric} is. Each is a column, and starts at 0. They are called before plugins. Default none.
   */
  userMetrics?: GivenMetrics<Names, Values>;
  /** What the names of plugins' columns begin with in files: `udps.` gives them the names that they have in nfstream's DataFrames. Default ''. */
  pluginPrefix?: string;
  /**
   * What a plugin that throws does. 'fail', the default: everything that was metered before is given, then the stage fails. 'skip': the flow goes on without the plugin, whose columns
   * are null in it; the report counts that.
   */
  onError?: 'fail' | 'skip';
  /**
   * Runs the engine and the plugins of a module in a thread of its own, which leaves this one free. `module` is a path or a file URL; it exports `plugins`, `userMetrics` or both, or
   * has them in its default export. Default: none.
   */
  worker?: { readonly module: string | URL };
}

/** Options of {@link aggregate}. */
export interface AggregateOptions<Plugins extends readonly AnyPlugin[] = readonly AnyPlugin[], Names extends string = string, Values = any>
  extends MeteringOptions, PluginOptions<Plugins, Names, Values>, ReportOptions {}

/** Options of {@link aggregate} for whoever watches it. */
export interface ReportOptions {
  /** Seconds after which a `report` is emitted with a {@link RunReport}, again and again, from 0.01; it keeps no process alive. Default Infinity: never. */
  reportInterval?: number;
}

/** What an aggregator has done so far. Counts are numbers, exact up to 2^53. */
export interface AggregateReport {
  /** Packets that are in flows. */
  packets: number;
  /** Packets that are in no flow, by reason; reasons that did not occur are absent. */
  ignored: Record<string, number>;
  /** Flows that have ended and were given. */
  flows: number;
  /** Flows that are open, or wait to be given. */
  openFlows: number;
  /** Flows that may be open at once. */
  capacity: number;
  /** Rows that snapshots gave; they are no flows that have ended. */
  snapshots: number;
  /** Flows that `maxFlows` left open; how many these are is the same on every run with one meter. */
  discardedFlows: number;
  /** Ended flows by reason. */
  endReasons: { idle: number; active: number; end: number; capacity: number; tcpFin: number; tcpRst: number; custom: number };
  /**
   * Flows that were given, by application: the hundred commonest, the most first, and `other` for the rest. Empty without the column application_name.
   */
  applications: Record<string, number>;
  /** Packets whose time lay before that of an earlier packet; they were counted at the clock's time. */
  latePackets: number;
  /** How far the furthest of them lay back, in milliseconds. */
  largestStepBackMs: number;
  /** The first of them, counted from 1 over the packets of the run that passed the filter; 0 without one. */
  firstLatePacket: number;
  /** Bytes of memory that the flow table and the dissections under way hold. */
  tableBytes: number;
  /** With `onError: 'skip'`: how often a plugin was dropped for a flow because it failed. */
  pluginErrors: number;
  /** The first of these errors; null without one. */
  firstPluginError: FlowError | null;
}

/** The options of plugins with their defaults filled in, not yet checked. */
export interface CheckedPlugins {
  readonly plugins?: unknown;
  readonly userMetrics?: unknown;
  readonly pluginPrefix: string;
  readonly onError: 'fail' | 'skip';
  readonly worker?: unknown;
}

/** The options with their defaults filled in. */
export type CheckedOptions = Required<Omit<MeteringOptions, 'signal' | 'meters'>> & Pick<MeteringOptions, 'meters'>;
