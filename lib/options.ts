import { FlowError, invalidOption, listed, shortened, shown } from './errors.js';
import { cicDialects, formats, readFormats } from './formats.js';
import { checkGiven, checkPath } from './arguments.js';
import { parseExpression } from './expressions/parse.js';
import { isRecord } from './is-record.js';
import { compileMetrics } from './metrics/metric.js';
import { nearest } from './text/nearest.js';
import type { OptionStage } from './option-stages.js';
import { presets, timestampForms } from './schema/choose-fields.js';
import { tunnelKinds } from './schema/tunnels.js';

/** One row of the table of options. */
export interface Option {
  /** Name in JavaScript; the command's flag is the same in kebab case. */
  readonly name: string;
  /** What the flag is made from, where that is another name. */
  readonly flag?: string;
  /** Which stage takes it. */
  readonly stage: OptionStage;
  /**
   * `seconds` takes fractions down to a millisecond and Infinity (`none` on the command line). `boolean or seconds` takes finite ones; the command has it without seconds. `set` takes an array of choices, 'all' for
   * all of them, false for none, and true for what it is by default. `group` is an object with the options of the stage of its name. `bytes`
   * is the content of a file on the command line. `path` is that of a file, '' for none. `expression` is a text of docs/expressions.md, `metrics` an object
   * of such texts by name (docs/metrics.md). `model` is a path or bytes, `path or rows` a path or an array of objects, `names by part` a name, names, or an object of those, `number` any but an infinite one. `code` is checked by who takes it, and has no flag.
   */
  readonly type:
    | 'seconds'
    | 'integer'
    | 'integer or auto'
    | 'boolean'
    | 'boolean or seconds'
    | 'text'
    | 'path'
    | 'choice'
    | 'choice or names'
    | 'set'
    | 'names'
    | 'column types'
    | 'bytes'
    | 'group'
    | 'expression'
    | 'metrics'
    | 'model'
    | 'path or rows'
    | 'names by part'
    | 'number'
    | 'code';
  readonly default: unknown;
  /** What holds without it, where that is no value. */
  readonly otherwise?: string;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** A choice may also be given by its number in the list, as in nfstream. */
  readonly numbered?: true;
  /** The option's name in nfstream 6, and in its first releases; absent where it has none there. */
  readonly nfstream6?: string;
  readonly nfstream1?: string;
  /** What it does, in one sentence, for the help text and the README. */
  readonly meaning: string;
}

/** What can count as a packet's bytes, in the order of nfstream's accounting modes 0 to 3. */
export const accountingModes = Object.freeze(['frame', 'ip', 'transport', 'payload'] as const);

/** The types that a column of a text file can be told to have. */
export const readableTypes = Object.freeze(['int', 'float', 'text'] as const);

/** The table of every option of every stage. */
// prettier-ignore
export const options = Object.freeze([
  { name: 'filter', stage: 'capture', type: 'text', default: '', nfstream6: 'bpf_filter', nfstream1: 'bpf_filter', meaning: "Keep only packets that match this libpcap filter expression, such as 'tcp port 443'." },
  { name: 'decodeTunnels', stage: 'capture', type: 'set', choices: tunnelKinds, default: true, nfstream6: 'decode_tunnels', meaning: "Look into tunnels: GTP-U, CAPWAP and TZSP by default, 'all', or the kinds that are named; vxlan and geneve add the column tunnel_vni, none also removes tunnel_id." },
  { name: 'fragments', stage: 'capture', type: 'choice', choices: ['ignore', 'count'], default: 'ignore', meaning: "IP fragments behind the first one: 'ignore' them, or 'count' them in the flow of their first one." },
  { name: 'transportPorts', stage: 'capture', type: 'choice', choices: ['nfstream', 'all'], default: 'nfstream', meaning: "Whose ports are told and tell flows apart: 'nfstream', those of TCP and UDP, or 'all', those of SCTP, DCCP and UDP-Lite, too." },
  { name: 'silentClock', stage: 'capture', type: 'boolean', default: true, meaning: 'Let flows end in time while nothing comes from a device, through a pipe, FIFO or socket, or into a file that is followed; turn it off for a writer that keeps packets back.' },
  { name: 'onDamage', stage: 'capture', type: 'choice', choices: ['finish', 'abort'], default: 'finish', meaning: "What a damaged capture does: 'finish' delivers every flow and then tells the error, 'abort' destroys the stream at once." },
  { name: 'follow', stage: 'timeline', type: 'boolean', default: false, meaning: 'Wait for more at the end of a capture that grows, as tail -F does, or for the next capture of a directory, until the run is stopped.' },
  { name: 'reorder', stage: 'capture', type: 'seconds', default: 0, min: 0, meaning: 'Put packets that are out of order by less than this into the order of their times before they are metered; 0 leaves them as they come. Not for devices, which give them in that order.' },
  { name: 'reorderBytes', stage: 'capture', type: 'integer', default: 67_108_864, min: 16_777_216, max: 4_294_967_296, meaning: 'Bytes of memory in which packets wait to be put in order; when they are used up, the first ones go on earlier.' },
  { name: 'deduplicate', stage: 'capture', type: 'seconds', default: 0, min: 0, meaning: 'Ignore a packet that is the same as one seen at most this long before, as mirror ports give it twice; 0 keeps all.' },
  { name: 'deduplicateBy', stage: 'capture', type: 'choice', choices: ['frame', 'packet'], default: 'frame', meaning: "What is compared to find duplicates: 'frame', every byte; 'packet', the innermost IP packet without its time to live and header checksum, whatever the link, VLANs and tunnels around it are." },
  { name: 'merge', stage: 'timeline', type: 'boolean', default: false, meaning: 'Merge several captures by packet time into one timeline, instead of reading one after the other.' },
  { name: 'perFile', stage: 'timeline', type: 'boolean', default: false, meaning: 'Make every capture a run of its own, with an empty flow table and a fresh nDPI, and add the column source_file.' },
  { name: 'promiscuous', stage: 'live', type: 'boolean', default: true, nfstream6: 'promiscuous_mode', meaning: 'Take the frames that are for other machines too.' },
  { name: 'snapshotLength', stage: 'live', type: 'integer', default: 262_144, min: 64, max: 262_144, nfstream6: 'snapshot_length', nfstream1: 'snaplen', meaning: 'Bytes of each packet that are captured; what is longer keeps its length on the wire.' },
  { name: 'bufferSize', stage: 'live', type: 'integer', default: 33_554_432, min: 1_048_576, max: 2_147_483_647, nfstream6: 'socket_buffer_size', meaning: "Bytes of the kernel's ring of each reader, where packets wait to be read." },
  { name: 'readers', stage: 'live', type: 'integer', default: 1, min: 1, max: 64, meaning: 'Threads that read each device, each with a ring of its own; the kernel shares the packets out by address pair, and they are put in the order of their times again.' },
  { name: 'immediate', stage: 'live', type: 'boolean', default: false, meaning: 'Read each packet when it comes, instead of up to 100 ms later with others; the ring then holds far fewer packets unless snapshotLength is small.' },
  { name: 'retry', stage: 'live', type: 'boolean or seconds', default: false, min: 0.01, meaning: 'Wait for a device that goes down or away until it is there again, instead of ending: in the same run, with the same open flows and files.' },
  { name: 'idleTimeout', stage: 'aggregate', type: 'seconds', default: 120, min: 0, nfstream6: 'idle_timeout', nfstream1: 'inactive_timeout', meaning: 'A flow ends when it has no packet for this long; 0 makes every packet a flow.' },
  { name: 'activeTimeout', stage: 'aggregate', type: 'seconds', default: 1800, min: 0, nfstream6: 'active_timeout', nfstream1: 'active_timeout', meaning: 'A flow is cut when it is this old, counted from its first packet; 0 makes every packet a flow.' },
  { name: 'capacity', stage: 'aggregate', type: 'integer', default: 1_000_000, min: 1, max: 500_000_000, nfstream1: 'capacity', meaning: 'Most flows open at once, of all meters together; at the limit the least recently used one is exported to make room.' },
  { name: 'dissections', stage: 'aggregate', type: 'integer', default: 20, min: 0, max: 255, nfstream6: 'n_dissections', meaning: 'Packets of a flow that nDPI may look at before it has to guess; 0 turns nDPI and its columns off.' },
  { name: 'meters', stage: 'aggregate', type: 'integer or auto', default: undefined, otherwise: '1; without labels half as many as there are cores, at most 4', min: 1, max: 64, nfstream6: 'n_meters', meaning: 'Threads that share the flows, each with an nDPI of its own, or auto for as many as there are cores; any number gives the same flows in the same order, of which a few labels may differ.' },
  { name: 'features', stage: 'aggregate', type: 'choice or names', choices: presets, default: 'nfstream', meaning: "The columns: 'nfstream' has those of nfstream 6, 'classic' the 14 of its first releases, 'zeek' the facts of Zeek's conn.log, 'cicflowmeter' what CICFlowMeter's features are made of, 'full' every column; or a list of names. Options that add columns add to it." },
  { name: 'statistics', stage: 'aggregate', type: 'boolean', default: false, nfstream6: 'statistical_analysis', meaning: 'Add 48 columns: minimum, mean, deviation and maximum of packet sizes and gaps, and counts of the TCP flags.' },
  { name: 'splt', stage: 'aggregate', type: 'integer', default: 0, min: 0, max: 65535, nfstream6: 'splt_analysis', meaning: 'Add 3 columns of lists: direction, size and gap of this many of the first packets of each flow.' },
  { name: 'accountingMode', stage: 'aggregate', type: 'choice', choices: accountingModes, numbered: true, default: 'frame', nfstream6: 'accounting_mode', meaning: "What counts as a packet's bytes: the whole frame, the IP packet, its transport part, or the transport's payload (or 0 to 3)." },
  { name: 'endReason', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add the column end_reason: why the flow ended, as text.' },
  { name: 'timeUnit', stage: 'aggregate', type: 'choice', choices: ['ms', 'us', 'ns'], default: 'ms', meaning: 'Unit of times and gaps, and the ending of their names; timeouts compare whole milliseconds all the same.' },
  { name: 'timestamps', stage: 'aggregate', type: 'choice', choices: timestampForms, default: 'int', meaning: "Points in time: integers, 0 where there is none; 'arrow': timestamps in Arrow and Parquet, null where there is none; 'iso': text of RFC 3339 in UTC, null where there is none." },
  { name: 'communityId', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add the column community_id: Community ID version 1, which other tools give the same flow.' },
  { name: 'communityIdSeed', stage: 'aggregate', type: 'integer', default: 0, min: 0, max: 65535, meaning: 'The seed of the Community IDs.' },
  { name: 'uid', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add flow_uid, and connection_uid and part, which link the pieces of a connection that the active timeout cut.' },
  { name: 'rates', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 6 columns: bytes and packets per second, of the flow and of each direction.' },
  { name: 'activity', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 8 columns: minimum, mean, deviation and maximum of the periods in which the flow was active, and idle.' },
  { name: 'activityTimeout', stage: 'aggregate', type: 'seconds', default: 5, min: 0, meaning: 'A gap longer than this is an idle period.' },
  { name: 'payloadBytes', stage: 'aggregate', type: 'integer', default: 0, min: 0, max: 65535, meaning: 'Add src2dst_payload and dst2src_payload: this many of the first payload bytes of each direction, in hex.' },
  { name: 'payloadEntropy', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add the entropy of the first payload bytes of each direction, in bits a byte.' },
  { name: 'entropyBytes', stage: 'aggregate', type: 'integer', default: 256, min: 1, max: 65535, meaning: 'How many payload bytes of each direction payloadEntropy looks at.' },
  { name: 'freezeAfter', stage: 'aggregate', type: 'integer', default: 0, min: 0, max: Number.MAX_SAFE_INTEGER, meaning: "Tell of a flow as it was at its packet of this number, in every column that docs/fields.md calls frozen; the flow goes on, and its label and its end are its own. 0 tells of all packets." },
  { name: 'applicationDetails', stage: 'aggregate', type: 'boolean', default: false, meaning: "Add 2 columns: nDPI's breed of the application, and how the label was found by its name." },
  { name: 'risks', stage: 'aggregate', type: 'boolean', default: false, meaning: "Add 4 columns: the names of nDPI's flow risks and their scores." },
  { name: 'tls', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 10 columns of TLS, QUIC and DTLS: JA3, JA3S, JA4, version, cipher suite, protocols, and issuer, subject and validity of the certificate.' },
  { name: 'ssh', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 2 columns: HASSH of client and server.' },
  { name: 'http', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 6 columns of HTTP: method, host, URL, status, content type of the request, and server.' },
  { name: 'dns', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 5 columns of DNS: name and type of the question, code, number of records and first address of the answer.' },
  { name: 'dhcp', stage: 'aggregate', type: 'boolean', default: false, meaning: "Add 3 columns of DHCP: fingerprint, class and the client's name." },
  { name: 'detectedOs', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add the column detected_os: the operating system, from the user agent.' },
  { name: 'dstName', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add the column dst_name: the name for which an earlier answer of DNS told the source the address; it watches every packet on one thread, as plugins do.' },
  { name: 'metrics', flag: 'metric', stage: 'aggregate', type: 'metrics', default: undefined, otherwise: 'none', meaning: "Add columns of your own: a name, and what to make of the packets of a flow, such as big=count(packet.size > 666). The flag can be given several times." },
  { name: 'protocolsFile', stage: 'aggregate', type: 'path', default: '', meaning: "A file of rules for labels of your own, in nDPI's format (protos.txt)." },
  { name: 'categoriesFile', stage: 'aggregate', type: 'path', default: '', meaning: "A file of hosts and addresses with the numbers of their categories, in nDPI's format (categories.txt)." },
  { name: 'maxClockStep', stage: 'aggregate', type: 'seconds', default: Infinity, min: 0.001, meaning: 'A packet whose time is further ahead of the clock than this is ignored, unless the next one agrees with it, instead of ending every flow.' },
  { name: 'maxFlows', stage: 'aggregate', type: 'integer', default: 0, min: 0, max: Number.MAX_SAFE_INTEGER, nfstream6: 'max_nflows', meaning: 'Stop when this many flows have ended: they are the first of the full output; 0 does not stop.' },
  { name: 'tcpExpiry', stage: 'aggregate', type: 'choice', choices: ['none', 'rst', 'fin', 'cicflowmeter'], default: 'none', meaning: "What closes a TCP flow besides its timeouts: 'rst': a RST; 'fin': a RST, or both FINs acknowledged; 'cicflowmeter': a RST, or the destination's first FIN. A SYN on a closed flow begins a new one." },
  { name: 'tcpLinger', stage: 'aggregate', type: 'seconds', default: 5, min: 0, meaning: 'A closed TCP flow takes late packets until none has come for this long (or for idleTimeout, if that is shorter); then it ends.' },
  { name: 'expiry', stage: 'aggregate', type: 'choice', choices: ['nfstream', 'cicflowmeter'], default: 'nfstream', meaning: "When flows end: 'nfstream' by the options above; 'cicflowmeter' when they are older than 120 s, at a RST, and at the destination's first FIN, whatever follows." },
  { name: 'tcpState', stage: 'aggregate', type: 'boolean', default: false, meaning: "Add 3 columns: Zeek's connection state and history, and which end is the originator." },
  { name: 'tcpQuality', stage: 'aggregate', type: 'boolean', default: false, meaning: "Add 4 columns: retransmissions and segments out of order each way, by Wireshark's rules." },
  { name: 'tcpWindow', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 10 columns: TCP windows and the window scale and segment size of the SYN, each way.' },
  { name: 'tcpOptions', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 2 columns: the options of the SYN as text, each way.' },
  { name: 'tcpRtt', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 2 columns: the round trips of the handshake, to the client and to the server.' },
  { name: 'ttl', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 4 columns: smallest and largest time to live or hop limit, each way.' },
  { name: 'icmp', stage: 'aggregate', type: 'boolean', default: false, meaning: "Add 2 columns: type and code of an ICMP flow's first message." },
  { name: 'tags', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 2 columns: every VLAN and every MPLS label around a flow, from the outside in.' },
  { name: 'ipFragments', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 2 columns: how many packets are IP fragments, each way.' },
  { name: 'dscp', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 2 columns: the differentiated services code point of the first packet, each way.' },
  { name: 'headers', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add 4 columns: bytes of headers, and packets that have payload, each way.' },
  { name: 'cic', stage: 'aggregate', type: 'boolean', default: false, meaning: "Add 30 columns: sizes of payload, bulks, subflows, transport headers and first windows, as CICFlowMeter's features need them." },
  { name: 'processes', stage: 'aggregate', type: 'boolean', default: false, nfstream6: 'system_visibility_mode', meaning: 'Add system_process_pid and system_process_name: the process of this machine that a flow belongs to; only for packets of network devices.' },
  { name: 'partial', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Make pieces that stitch() joins with those of the captures before and after: adds the columns that it needs and a row of bounds for each capture, and cuts no flow.' },
  { name: 'observationPoint', stage: 'aggregate', type: 'text', default: '', meaning: 'Where the packets were captured, with partial: pieces of several observation points never join.' },
  { name: 'increments', stage: 'aggregate', type: 'boolean', default: false, meaning: 'Add new_packets and new_bytes: what no row of the flow before has told of, where snapshots give it several.' },
  { name: 'reportInterval', flag: 'report', stage: 'report', type: 'seconds', default: Infinity, min: 0.01, meaning: 'Tell what was counted so far again and again, after so many seconds; the command as a line of JSON on standard error, and once more at the end.' },
  { name: 'asn', flag: 'enrichAsn', stage: 'enrich', type: 'path', default: '', meaning: "Add number and name of the autonomous systems of both ends, by this file in MaxMind's format; it needs the package mmdb-lib." },
  { name: 'country', flag: 'enrichCountry', stage: 'enrich', type: 'path', default: '', meaning: "Add the countries of both ends, by this file in MaxMind's format; it needs the package mmdb-lib." },
  { name: 'oui', flag: 'enrichOui', stage: 'enrich', type: 'boolean', default: false, meaning: 'Add the manufacturers of the hardware addresses; it needs the package oui-data.' },
  { name: 'rules', flag: 'truth', stage: 'label', type: 'path or rows', default: undefined, otherwise: 'none', meaning: 'Add the column label by the rules of this file: CSV with times, addresses, ports, protocol and label, the first rule that matches winning.' },
  { name: 'default', flag: 'truthDefault', stage: 'label', type: 'text', default: undefined, otherwise: 'null', meaning: 'The label of flows that no rule matches.' },
  { name: 'overlap', flag: 'truthOverlap', stage: 'label', type: 'boolean', default: false, meaning: "Let a rule match every flow of which some time lies between the rule's times, and not only those that begin there." },
  { name: 'all', flag: 'truthAll', stage: 'label', type: 'boolean', default: false, meaning: 'Give a flow the labels of all rules that match it, with | between them.' },
  { name: 'zone', flag: 'truthZone', stage: 'label', type: 'text', default: 'UTC', meaning: "The zone of the rules' times that do not name their own: an offset such as -03:00, or a name such as America/Moncton." },
  { name: 'expression', flag: 'where', stage: 'where', type: 'expression', default: undefined, otherwise: 'every flow', meaning: 'Keep only the flows for which this condition over columns holds, such as \'application_name == "DNS" and bidirectional_packets > 10\'.' },
  { name: 'strict', stage: 'stitch', type: 'boolean', default: false, meaning: 'Refuse a flow of which a column could not be made exactly, by its endpoints and the names of the columns.' },
  { name: 'keepPlaces', stage: 'stitch', type: 'boolean', default: false, meaning: 'Keep the columns that say where the last piece of each flow stands, by which flows of several runs can be put in the order of the whole one.' },
  { name: 'plugins', stage: 'plugins', type: 'code', default: undefined, otherwise: 'none', nfstream6: 'udps', meaning: 'Objects whose hooks are called for packets and flows, and which add columns.' },
  { name: 'userMetrics', stage: 'plugins', type: 'code', default: undefined, otherwise: 'none', meaning: 'A function for each metric, which is called for every packet of a flow; each adds a column that starts at 0.' },
  { name: 'pluginPrefix', stage: 'plugins', type: 'text', default: '', meaning: "What the names of plugins' columns begin with: `udps.` gives them the names that they have in nfstream's DataFrames." },
  { name: 'onError', stage: 'plugins', type: 'choice', choices: ['fail', 'skip'], default: 'fail', meaning: "What a plugin that throws does: 'fail' delivers what was metered before and fails, 'skip' goes on without the plugin for that flow, whose columns are null." },
  { name: 'worker', stage: 'plugins', type: 'code', default: undefined, otherwise: 'none', meaning: 'Run the engine and the plugins that a `module` exports in a thread of its own.' },
  { name: 'model', flag: 'predict', stage: 'predict', type: 'model', default: undefined, otherwise: 'none', meaning: 'Score flows with this ONNX model, which adds columns; it needs the package onnxruntime-node.' },
  { name: 'inputs', flag: 'predictInputs', stage: 'predict', type: 'names by part', default: undefined, otherwise: 'none', meaning: 'The columns that the model takes, in its order.' },
  { name: 'column', flag: 'predictColumn', stage: 'predict', type: 'names by part', default: 'prediction', meaning: "The column that the model's first output becomes, or those of several outputs." },
  { name: 'nulls', flag: 'predictNulls', stage: 'predict', type: 'number', default: undefined, otherwise: '`NaN`', meaning: 'What a null is fed to the model as; NaN if nothing is said.' },
  { name: 'threads', flag: 'predictThreads', stage: 'predict', type: 'integer', default: 1, min: 1, max: 64, meaning: 'Threads that the model is run on.' },
  { name: 'columns', flag: 'anonymize', stage: 'anonymize', type: 'names', default: undefined, otherwise: 'none', nfstream6: 'columns_to_anonymize', meaning: 'Replace the values of these text columns, and of those that would tell them.' },
  { name: 'method', flag: 'anonymizeMethod', stage: 'anonymize', type: 'choice', choices: ['hash', 'prefix'], default: 'hash', meaning: "What addresses become: 'hash' makes a keyed BLAKE2b digest of every value, as nfstream; 'prefix' makes other addresses of addresses, alike where they were (Crypto-PAn)." },
  { name: 'key', flag: 'anonymizeKeyFile', stage: 'anonymize', type: 'bytes', default: undefined, otherwise: 'a new one for each run', min: 16, max: 64, meaning: "The secret that makes runs join, 16 to 64 bytes (exactly 32 for 'prefix'); the flag takes a file that holds it, as it is or in hexadecimal." },
  { name: 'where', stage: 'packets', type: 'expression', default: undefined, otherwise: 'every flow', meaning: 'Write the packets of the flows for which this condition holds.' },
  { name: 'flows', stage: 'packets', type: 'code', default: undefined, otherwise: 'every flow', meaning: 'Write the packets of the flows with these ids.' },
  { name: 'clobber', stage: 'packets', type: 'boolean', default: true, meaning: 'Replace an output that exists when the new one is whole.' },
  { name: 'split', stage: 'packetFile', type: 'boolean', default: false, meaning: 'Write a file for each flow, by a pattern of names such as flows/{id}.pcapng; the command has --split-packets.' },
  { name: 'format', stage: 'json', type: 'choice', choices: ['lines', 'array'], default: 'lines', meaning: "One object a line, or one array." },
  { name: 'bigints', stage: 'json', type: 'choice', choices: ['number', 'string'], default: 'number', meaning: "Columns whose values are bigints in JavaScript (times in nanoseconds): as numbers with all their digits, or as strings, which JSON.parse keeps exact." },
  { name: 'delimiter', stage: 'csv', type: 'text', default: ',', meaning: 'The character between two fields.' },
  { name: 'header', stage: 'csv', type: 'boolean', default: true, meaning: 'Begin with a line of column names.' },
  { name: 'newline', stage: 'csv', type: 'choice', choices: ['\n', '\r\n'], default: '\n', meaning: 'What ends a line.' },
  { name: 'escapeFormulas', stage: 'csv', type: 'boolean', default: false, meaning: "Put a ' before text that a spreadsheet would run as a formula (that begins with =, +, -, @, tab or CR)." },
  { name: 'dialect', stage: 'cic', type: 'choice', choices: cicDialects, default: 'v4', meaning: "Whose header and columns: 'v4', CICFlowMeter 4's; '2017', those of CIC-IDS2017 for machine learning; '2017-labelled', those of its labelled flows; '2018', those of CSE-CIC-IDS2018." },
  { name: 'format', stage: 'arrow', type: 'choice', choices: ['stream', 'file'], default: 'stream', meaning: "Arrow's stream format, or its file format." },
  { name: 'compression', stage: 'arrow', type: 'choice', choices: ['none', 'lz4', 'zstd'], default: 'none', meaning: 'How Arrow is compressed; none, lz4 or zstd.' },
  { name: 'dictionary', stage: 'arrow', type: 'boolean', default: false, meaning: 'Write texts of a closed set (categories, end reasons) as dictionaries.' },
  { name: 'compact', stage: 'arrow', type: 'boolean', default: false, meaning: 'Write integers in the narrowest type that holds every value of their column: a port in 16 bits, unsigned.' },
  { name: 'rowGroupRows', stage: 'parquet', type: 'integer', default: 131_072, min: 1, max: 16_777_216, meaning: 'Flows of a row group, which is in memory as a whole while it is written.' },
  { name: 'compression', stage: 'parquet', type: 'choice', choices: ['none', 'snappy', 'zstd', 'lz4', 'gzip'], default: 'snappy', meaning: 'How Parquet is compressed; not with none, by default with snappy.' },
  { name: 'compact', stage: 'parquet', type: 'boolean', default: false, meaning: 'Write integers in the narrowest type that holds every value of their column: a port in 16 bits, unsigned.' },
  { name: 'format', stage: 'file', type: 'choice', choices: formats.map((format) => format.name), default: undefined, otherwise: "by the file's name", meaning: "Write this format, whatever the file's name ends with." },
  { name: 'clobber', stage: 'file', type: 'boolean', default: true, meaning: 'Replace an output that exists when the new one is whole.' },
  { name: 'partitionBy', stage: 'file', type: 'names', default: undefined, otherwise: 'one file', meaning: 'Write a Hive directory tree instead of a file, with a folder for each value of these columns; hour and day are those of the last packet.' },
  { name: 'maxOpenPartitions', stage: 'file', type: 'integer', default: 256, min: 1, max: 65_536, meaning: 'Most folders whose file is open at once; at the limit the one that had no flow for longest is closed.' },
  { name: 'rotate', stage: 'file', type: 'group', default: undefined, otherwise: 'one file', meaning: 'Write files one after the other, named by a pattern such as flows-%Y%m%d-%H%M%S-{n}.csv, and close one at the first limit that it reaches.' },
  { name: 'flows', flag: 'rotateFlows', stage: 'rotate', type: 'integer', default: undefined, otherwise: 'no limit', min: 1, max: Number.MAX_SAFE_INTEGER, nfstream6: 'flows_per_file', meaning: 'Flows of a file.' },
  { name: 'bytes', flag: 'rotateBytes', stage: 'rotate', type: 'integer', default: undefined, otherwise: 'no limit', min: 1, max: Number.MAX_SAFE_INTEGER, meaning: 'Bytes at which a file is closed; formats that write many flows at once go over it.' },
  { name: 'seconds', flag: 'rotateSeconds', stage: 'rotate', type: 'integer', default: undefined, otherwise: 'no limit', min: 1, max: 31_622_400, meaning: 'Time that a file covers, by last packets or by the wall clock when live; 3600 begins a file with each hour in UTC.' },
  { name: 'keep', flag: 'rotateKeep', stage: 'rotate', type: 'integer', default: undefined, otherwise: 'all', min: 1, max: Number.MAX_SAFE_INTEGER, nfstream6: 'rotate_files', meaning: 'Files that stay; the oldest that this run wrote is deleted.' },
  { name: 'title', stage: 'page', type: 'text', default: 'Flows', meaning: 'What stands at the top of the report.' },
  { name: 'columns', flag: 'tableColumns', stage: 'page', type: 'names', default: undefined, otherwise: 'none', meaning: "Columns for the report's table of flows besides those that its figures show." },
  { name: 'flowBytes', stage: 'page', type: 'integer', default: 20_000_000, min: 0, max: 200_000_000, meaning: 'Bytes that all flows may take inside the report, compressed; where they take more it has sums, some single flows, and fewer filters.' },
  { name: 'clobber', stage: 'page', type: 'boolean', default: true, meaning: 'Replace an output that exists when the new one is whole.' },
  { name: 'onDamage', stage: 'read', type: 'choice', choices: ['finish', 'abort'], default: 'finish', meaning: "What a file of flows that was cut off or is wrong somewhere does: 'finish' delivers every flow in front of that and then tells the error, 'abort' destroys the stream at once." },
  { name: 'types', stage: 'readText', type: 'column types', default: undefined, otherwise: 'by name, or by the first rows', meaning: 'The types of columns by their names: int, float or text. Such a column may be null.' },
  { name: 'delimiter', stage: 'readCsv', type: 'text', default: undefined, otherwise: 'the first of `,` `;` tab and `|` in the first line', meaning: 'The character between two fields.' },
  { name: 'columns', stage: 'readCsv', type: 'names', default: undefined, otherwise: 'the first line', meaning: 'The names of the columns, for a file that begins without them.' },
  { name: 'format', stage: 'readFile', type: 'choice', choices: readFormats, default: undefined, otherwise: 'by the first bytes', meaning: "Read this format, whatever the file begins with; zeek, eve and nfstream are flows of other programs, on our columns." },
] as const satisfies readonly Option[]);

/** Names that stages take without a row in the table: plumbing that Node defines. */
const plumbing = new Set(['signal']);

/**
 * Checks what a caller gave for these stages and fills in the defaults. Of options with one name, the first stage's is meant.
 * @returns every option of the stages, and `signal` when it was given
 * @throws {FlowError} ERR_NFSTREAM_OPTION_UNKNOWN, ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkOptions(stages: readonly OptionStage[], given: unknown, also: readonly string[] = []): Record<string, unknown> {
  checkGiven(given);
  const rows = stages
    .flatMap((stage) => (options as readonly Option[]).filter((row) => row.stage === stage))
    .filter((row, index, all) => all.findIndex(({ name }) => name === row.name) === index);
  const checked: Record<string, unknown> = {};
  for (const row of rows) checked[row.name] = row.default;
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined) continue;
    const row = rows.find((candidate) => candidate.name === name);
    if (row !== undefined) checked[name] = checkOption(row, value);
    else if (plumbing.has(name) || also.includes(name)) checked[name] = value;
    else throw unknownOption(name, [...rows.map((candidate) => candidate.name), ...also]);
  }
  if (checked['signal'] !== undefined && !(checked['signal'] instanceof AbortSignal)) {
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', 'signal', 'an AbortSignal', checked['signal']);
  }
  return checked;
}

/**
 * Checks the value of one option.
 * @returns the value, where a number stands for a choice that choice
 * @throws {FlowError} ERR_NFSTREAM_OPTION_TYPE, ERR_NFSTREAM_OPTION_RANGE
 */
export function checkOption(option: Option, value: unknown): unknown {
  const row = { ...option, name: labelOf(option) };
  switch (row.type) {
    case 'code':
      return value;
    case 'group':
      if (!isRecord(value)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, 'an object', value);
      return checkOptions([row.name as OptionStage], value);
    case 'bytes':
      if (!(value instanceof Uint8Array))
        throw new FlowError(
          'ERR_NFSTREAM_OPTION_TYPE',
          `Expected a Buffer or Uint8Array for ${row.name} but received ${typeof value === 'string' ? 'a string' : shown(value)}.`,
        ); // a string is never shown: it may be a secret
      if (value.length < row.min! || value.length > row.max!) {
        throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `Expected ${row.min} to ${row.max} bytes for ${row.name} but received ${value.length}.`);
      }
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, 'true or false', value);
      return value;
    case 'boolean or seconds': {
      const expected = `true, false, or a number of seconds (${row.min} or more, whole milliseconds)`;
      if (typeof value !== 'boolean' && typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, expected, value);
      if (typeof value === 'number' && (value > mostSeconds || !isSeconds(value, row.min!)))
        throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', row.name, expected, value);
      return value;
    }
    case 'text':
      if (typeof value !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, 'a string', value);
      return value;
    case 'expression':
      parseExpression({ what: row.flag ?? row.name, text: value as string });
      return value;
    case 'metrics':
      compileMetrics(value);
      return Object.freeze({ ...(value as object) });
    case 'model':
      if (!(value instanceof Uint8Array)) return checkPath(row.name, value);
      if (value.length === 0) throw new FlowError('ERR_NFSTREAM_OPTION_RANGE', `Expected the bytes of a model for ${row.name} but received none.`);
      return value;
    case 'path or rows':
      return Array.isArray(value) ? value : checkPath(row.name, value, 'a path or an array of objects');
    case 'names by part':
      if (!isRecord(value)) return checkNames(row.name, value, typeof value === 'string');
      if (Object.keys(value).length === 0) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', row.name, 'an object that is not empty', value);
      return Object.freeze(
        Object.fromEntries(
          Object.entries(value).map(([part, names]) => [part, checkNames(`${row.name}.${shortened(part)}`, names, typeof names === 'string')]),
        ),
      );
    case 'number':
      if (typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, 'a number', value);
      if (Math.abs(value) === Infinity) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', row.name, 'a number that is not infinite', value);
      return value;
    case 'path':
      return value === '' ? value : checkPath(row.name, value);
    case 'choice': {
      const expected = `one of ${row.choices!.map((choice) => JSON.stringify(choice)).join(', ')}`;
      if (row.numbered && typeof value === 'number' && value in row.choices!) return row.choices![value];
      if (typeof value !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, expected, value);
      if (!row.choices!.includes(value)) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', row.name, expected, value);
      return value;
    }
    case 'choice or names': {
      const expected = `one of ${row.choices!.map((choice) => JSON.stringify(choice)).join(', ')}, or an array of names`;
      const names = Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== '');
      if (names) return Object.freeze([...(value as string[])]);
      if (typeof value !== 'string') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, expected, value);
      if (!row.choices!.includes(value)) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', row.name, expected, value);
      return value;
    }
    case 'set':
      return checkSet(row, value);
    case 'names':
      return checkNames(row.name, value, false);
    case 'column types': {
      if (!isRecord(value)) throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, 'an object with the type of each column', value);
      const wrong = Object.entries(value).find(([, type]) => !readableTypes.includes(type as (typeof readableTypes)[number]));
      if (wrong !== undefined)
        throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', `${row.name}.${shortened(wrong[0])}`, 'one of "int", "float", "text"', wrong[1]);
      return Object.freeze({ ...value });
    }
    case 'integer or auto':
    case 'integer': {
      const auto = row.type === 'integer or auto';
      const expected = `an integer from ${row.min} to ${row.max}${auto ? " or 'auto'" : ''}`;
      if (auto && value === 'auto') return value;
      if (typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, expected, value);
      if (!Number.isInteger(value) || value < row.min! || value > row.max!) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', row.name, expected, value);
      return value;
    }
    case 'seconds': {
      const expected = `a number of seconds (${row.min} or more, whole milliseconds, or Infinity)`;
      if (typeof value !== 'number') throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', row.name, expected, value);
      if (value !== Infinity && !isSeconds(value, row.min!)) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', row.name, expected, value);
      return value;
    }
  }
}

/** Seconds that a timer can take. */
const mostSeconds = 2_000_000;

function isSeconds(value: number, min: number): boolean {
  return value >= min && Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-6 * Math.max(1, value);
}

/** @param single whether one name stays one, and is no list of one */
function checkNames(option: string, names: unknown, single: boolean): string | readonly string[] {
  const list: unknown = typeof names === 'string' ? [names] : names;
  if (!Array.isArray(list) || list.length === 0 || !Array.from(list).every((name) => typeof name === 'string'))
    throw invalidOption('ERR_NFSTREAM_OPTION_TYPE', option, 'an array of names', names);
  if (list.includes('')) throw invalidOption('ERR_NFSTREAM_OPTION_RANGE', option, 'names that are not empty', names);
  return single ? (names as string) : Object.freeze([...(list as string[])]);
}

function checkSet(row: Option, value: unknown): unknown {
  if (typeof value === 'boolean' || value === 'all') return value;
  const expected = `true, false, "all" or an array of ${row.choices!.map((choice) => JSON.stringify(choice)).join(', ')}`;
  const wrong: unknown = Array.isArray(value) ? value.find((member) => !row.choices!.includes(member)) : value;
  if (wrong === undefined && Array.isArray(value) && !value.includes(undefined)) return Object.freeze([...value]);
  throw invalidOption(typeof wrong === 'string' ? 'ERR_NFSTREAM_OPTION_RANGE' : 'ERR_NFSTREAM_OPTION_TYPE', row.name, expected, wrong);
}

/** An option's name in sentences: those of a group with the group's name before it. */
function labelOf({ name, stage }: Option): string {
  return stage === 'rotate' ? `rotate.${name}` : name;
}

/** The flag of the command for an option: `idleTimeout` is `--idle-timeout`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The error for an option that does not exist: it names the new name of an old one, or the nearest that exists. */
export function unknownOption(name: string, known: readonly string[]): FlowError {
  const renamed = (options as readonly Option[]).find((row) => row.nfstream6 === name || row.nfstream1 === name);
  if (renamed !== undefined && renamed.name !== name)
    return new FlowError('ERR_NFSTREAM_OPTION_UNKNOWN', `The option ${name} is now ${renamed.flag === 'anonymize' ? renamed.flag : labelOf(renamed)}.`);
  const near = nearest(name, known);
  const help = near === undefined ? `Known options are ${listed([...new Set(known)])}.` : `Did you mean ${near}?`;
  return new FlowError('ERR_NFSTREAM_OPTION_UNKNOWN', `There is no option ${shortened(name)} here. ${help}`);
}
