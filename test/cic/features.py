"""CICFlowMeter's features of a capture, computed from its packets by their definitions in docs/cicflowmeter.md, one JSON object a flow.

Shares nothing with the engine: packets are kept, and each feature is made of the whole list of them. Needs dpkt.
usage: features.py CAPTURE
"""

import gzip
import json
import math
import struct
import sys
import time

import dpkt

ETHERNET, NULL, LOOP, RAW, SLL = 1, 0, 108, 101, 113


def records(data):
    """Times in nanoseconds, link types, lengths on the wire and bytes of the packets of a pcap or pcapng file."""
    magic = data[:4]
    if magic == b"\x0a\x0d\x0d\x0a":
        yield from pcapng_records(data)
        return
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    scale = 1 if magic in (b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d") else 1000
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, wire = struct.unpack(order + "4I", data[at : at + 16])
        yield seconds * 10**9 + fraction * scale, link, wire, data[at + 16 : at + 16 + captured]
        at += 16 + captured


def pcapng_records(data):
    at, order, interfaces = 0, "<", []
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, size = struct.unpack(order + "2I", data[at : at + 8])
        if size < 12:
            break
        body = data[at + 8 : at + size - 4]
        if kind == 1:
            interfaces.append((struct.unpack(order + "H", body[:2])[0], resolution(body[8:], order)))
        elif kind == 6:
            interface, high, low, captured, wire = struct.unpack(order + "5I", body[:20])
            link, per_second = interfaces[interface]
            yield (high << 32 | low) * 10**9 // per_second, link, wire, body[20 : 20 + captured]
        at += size


def resolution(options, order):
    at = 0
    while at + 4 <= len(options):
        code, size = struct.unpack(order + "2H", options[at : at + 4])
        if code == 9:
            value = options[at + 4]
            return 2 ** (value & 0x7F) if value & 0x80 else 10**value
        if code == 0:
            break
        at += 4 + (size + 3) // 4 * 4
    return 10**6


def network_layer(link, frame):
    """The innermost VLAN and the bytes of the IP packet, or None."""
    if link == ETHERNET:
        kind, offset, vlan = struct.unpack(">H", frame[12:14])[0], 14, 0
        while kind in (0x8100, 0x88A8, 0x9100):
            tag, kind = struct.unpack(">2H", frame[offset : offset + 4])
            vlan, offset = tag & 0xFFF, offset + 4
        return (vlan, frame[offset:]) if kind in (0x0800, 0x86DD) else None
    if link in (NULL, LOOP):
        return 0, frame[4:]
    if link == RAW:
        return 0, frame
    if link == SLL:
        return (0, frame[16:]) if struct.unpack(">H", frame[14:16])[0] in (0x0800, 0x86DD) else None
    return None


class Packet:
    """What a flow needs of a packet; None of one that is in no flow comes from `read`."""

    @staticmethod
    def read(link, wire, frame):
        found = network_layer(link, frame)
        if found is None or len(found[1]) < 20:
            return None
        vlan, data = found
        # Offload leaves the length 0 in packets that were captured where they were sent.
        rest = wire - (len(frame) - len(data))
        self = Packet()
        if data[0] >> 4 == 4:
            ip = dpkt.ip.IP(data)
            if struct.unpack(">H", data[6:8])[0] & dpkt.ip.IP_OFFMASK:
                return None
            header, size, self.protocol = ip.hl * 4, ip.len or rest, ip.p
        elif data[0] >> 4 == 6 and len(data) >= 40:
            ip = dpkt.ip6.IP6(data)
            header, size, self.protocol = 40, ip.plen + 40 if ip.plen else rest, data[6]
            # The chain by hand: dpkt stops at what it does not know.
            while self.protocol in (0, 43, 44, 51, 60, 135, 139, 140):
                following, length = data[header], (data[header + 1] + 1) * 8
                if self.protocol == 51:
                    length = (data[header + 1] + 2) * 4
                if self.protocol == 44:
                    length = 8
                    if struct.unpack(">H", data[header + 2 : header + 4])[0] & 0xFFF8:
                        return None
                self.protocol, header = following, header + length
            if self.protocol == 59 and size > header:
                return None
        else:
            return None
        self.source, self.destination = dpkt.utils.inet_to_str(ip.src), dpkt.utils.inet_to_str(ip.dst)
        self.ports, self.flags, self.window, self.header, self.payload = (0, 0), 0, None, 0, 0
        inside, transport = data[header:], size - header
        if self.protocol == 6 and transport >= 20:
            self.ports = struct.unpack(">2H", inside[:4])
            self.header = (inside[12] >> 4) * 4
            self.flags = inside[13]
            if 20 <= self.header <= transport and len(inside) >= 16:
                self.window = struct.unpack(">H", inside[14:16])[0]
        elif self.protocol == 17 and transport >= 8:
            self.ports = struct.unpack(">2H", inside[:4])
            self.header = 8
        elif self.protocol in (1, 58):
            self.header = 8
        self.header = min(self.header, transport) if self.header else 0
        self.payload = transport - self.header if self.header else 0
        ends = sorted([(self.source, self.ports[0]), (self.destination, self.ports[1])])
        self.key = (*ends, self.protocol, vlan, data[0] >> 4)
        return self

    @property
    def end(self):
        return self.source, self.ports[0]


class Flow:
    def __init__(self, first):
        self.first, self.packets, self.closed = first, [], False

    def add(self, packet):
        forward = packet.end == self.first.end
        self.packets.append((packet, forward))
        if packet.protocol == 6 and packet.window is not None:
            self.closed = self.closed or bool(packet.flags & 0x04) or (bool(packet.flags & 0x01) and not forward)


def flows(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        data = file.read()
    clock, open_flows, ended = None, {}, []
    for time_ns, link, wire, frame in records(data):
        try:
            packet = Packet.read(link, wire, frame)
        except (dpkt.UnpackError, struct.error, IndexError):
            packet = None
        if packet is None:
            continue
        clock = time_ns if clock is None else max(clock, time_ns)
        packet.ns = clock
        flow = open_flows.get(packet.key)
        if flow is None or flow.closed or clock // 10**6 - flow.packets[0][0].ns // 10**6 > 120_000:
            if flow is not None:
                ended.append(flow)
            flow = open_flows[packet.key] = Flow(packet)
        flow.add(packet)
    return ended + list(open_flows.values())


def moments(values):
    """Mean, sample standard deviation, largest and smallest; zeros of nothing."""
    if not values:
        return 0, 0, 0, 0
    mean = math.fsum(values) / len(values)
    spread = math.fsum((value - mean) ** 2 for value in values)
    return mean, math.sqrt(spread / (len(values) - 1)) if len(values) > 1 else 0, max(values), min(values)


def gaps(times):
    return [later - earlier for earlier, later in zip(times, times[1:])]


def bulks(packets, forward):
    """Of the runs of at least four packets with payload one way: their packets, one list each."""
    runs, run = [], []
    for packet, way in packets:
        if packet.payload == 0:
            continue
        if way != forward:
            run = []
            continue
        if run and packet.ns - run[-1].ns > 10**9:
            run = []
        run.append(packet)
        if len(run) == 4:
            runs.append(run)
    return runs


def ratio(count, of):
    return count / of if of else 0


def periods(times, ns):
    """Active periods and idle ones, in microseconds."""
    active, idle, begin = [], [], 0
    for i in range(1, len(times) + 1):
        if i == len(times) or ns[i] - ns[i - 1] > 5 * 10**9:
            if times[i - 1] > times[begin] or ns[i - 1] > ns[begin]:
                active.append(times[i - 1] - times[begin])
            if i < len(times):
                idle.append(times[i] - times[i - 1])
            begin = i
    return active, idle


def features(flow):
    packets = flow.packets
    both = [packet for packet, _ in packets]
    ways = {"Fwd": [p for p, way in packets if way], "Bwd": [p for p, way in packets if not way]}
    ns = [packet.ns for packet in both]
    times = [at // 1000 for at in ns]
    duration, seconds = times[-1] - times[0], (times[-1] - times[0]) / 10**6
    first = flow.first
    row = {
        "Flow ID": f"{first.source}-{first.destination}-{first.ports[0]}-{first.ports[1]}-{first.protocol}",
        "Src IP": first.source,
        "Src Port": first.ports[0],
        "Dst IP": first.destination,
        "Dst Port": first.ports[1],
        "Protocol": first.protocol,
        "Timestamp": time.strftime("%d/%m/%Y %H:%M:%S", time.gmtime(ns[0] // 10**9)),
        "Flow Duration": duration,
        "Total Fwd Packet": len(ways["Fwd"]),
        "Total Bwd packets": len(ways["Bwd"]),
    }
    subflows = 1 + sum(gap > 10**9 for gap in gaps(ns))
    for way, own in ways.items():
        sizes = [packet.payload for packet in own]
        mean, deviation, most, least = moments(sizes)
        row[f"Total Length of {way} Packet"] = sum(sizes)
        row[f"{way} Packet Length Max"], row[f"{way} Packet Length Min"] = most, least
        row[f"{way} Packet Length Mean"], row[f"{way} Packet Length Std"] = mean, deviation
        row[f"{way} Segment Size Avg"] = mean
        own_times = [packet.ns // 1000 for packet in own]
        mean, deviation, most, least = moments(gaps(own_times))
        row[f"{way} IAT Total"] = own_times[-1] - own_times[0] if own else 0
        row[f"{way} IAT Mean"], row[f"{way} IAT Std"], row[f"{way} IAT Max"], row[f"{way} IAT Min"] = mean, deviation, most, least
        row[f"{way} PSH Flags"] = sum(bool(packet.flags & 0x08) for packet in own)
        row[f"{way} URG Flags"] = sum(bool(packet.flags & 0x20) for packet in own)
        row[f"{way} Header Length"] = sum(packet.header for packet in own)
        row[f"{way} Packets/s"] = ratio(len(own), seconds)
        runs = bulks(packets, way == "Fwd")
        size = sum(packet.payload for run in runs for packet in run)
        lasted = sum(run[-1].ns - run[0].ns for run in runs) // 1000
        row[f"{way} Bytes/Bulk Avg"] = ratio(size, len(runs))
        row[f"{way} Packet/Bulk Avg"] = ratio(sum(map(len, runs)), len(runs))
        row[f"{way} Bulk Rate Avg"] = ratio(size, lasted / 10**6)
        row[f"Subflow {way} Packets"] = len(own) / subflows
        row[f"Subflow {way} Bytes"] = sum(sizes) / subflows
        windows = [packet.window for packet in own if packet.window is not None]
        row["FWD Init Win Bytes" if way == "Fwd" else "Bwd Init Win Bytes"] = windows[0] if windows else 0
    sizes = [packet.payload for packet in both]
    mean, deviation, most, least = moments(sizes)
    row["Packet Length Min"], row["Packet Length Max"] = least, most
    row["Packet Length Mean"] = row["Average Packet Size"] = mean
    row["Packet Length Std"], row["Packet Length Variance"] = deviation, deviation**2
    row["Flow Bytes/s"], row["Flow Packets/s"] = ratio(sum(sizes), seconds), ratio(len(both), seconds)
    mean, deviation, most, least = moments(gaps(times))
    row["Flow IAT Mean"], row["Flow IAT Std"], row["Flow IAT Max"], row["Flow IAT Min"] = mean, deviation, most, least
    for bit, name in enumerate(["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]):
        row[f"{name} Flag Count"] = sum(packet.flags >> bit & 1 for packet in both)
    row["Down/Up Ratio"] = ratio(len(ways["Bwd"]), len(ways["Fwd"]))
    row["Fwd Act Data Pkts"] = sum(packet.payload > 0 for packet in ways["Fwd"])
    row["Fwd Seg Size Min"] = min((packet.header for packet in ways["Fwd"]), default=0)
    for name, lengths in zip(("Active", "Idle"), periods(times, ns)):
        mean, deviation, most, least = moments(lengths)
        row[f"{name} Mean"], row[f"{name} Std"], row[f"{name} Max"], row[f"{name} Min"] = mean, deviation, most, least
    row["Label"] = "NeedManualLabel"
    return row


if __name__ == "__main__":
    for path in sys.argv[1:]:
        for one in flows(path):
            print(json.dumps({"capture": path, **features(one)}))
