"""Writes the flows of captures with nfstream's own plugins: JSON Lines, one flow a line, with the capture's name, its ends, its counts, and what the plugin kept.

usage: nfstream_shipped_plugins.py PLUGIN CAPTURE ..., where PLUGIN is slicer:N, dhcp, mdns, splt:N or wavelet:LEVELS

A plugin that raises would end nfstream's process: here the flow says so in "raised", and goes on. A message of DNS that dpkt does not take, which the plugin passes over, is told in "unread".
"""
import json
import os
import sys
from enum import Enum

import dpkt
import numpy

numpy.float_ = numpy.float64  # nfstream's wavelets name it, numpy 2 has it no more

from nfstream import NFStreamer
from nfstream.plugins import DHCP, MDNS, SPLT, FlowSlicer
from nfstream.plugins.wfeatures import WFPlugin

ACTIVE_TIMEOUT = 1800
PLUGINS = {
    "slicer": lambda argument: (FlowSlicer, {"limit": argument}),
    "dhcp": lambda argument: (DHCP, {}),
    "mdns": lambda argument: (MDNS, {}),
    "splt": lambda argument: (SPLT, {"sequence_length": argument, "accounting_mode": 0}),
    "wavelet": lambda argument: (WFPlugin, {"levels": argument, "active_timeout": ACTIVE_TIMEOUT}),
}
COLUMNS = [
    *("src_ip", "src_port", "dst_ip", "dst_port", "protocol", "vlan_id", "tunnel_id", "ip_version"),
    *("bidirectional_first_seen_ms", "bidirectional_last_seen_ms", "bidirectional_packets", "bidirectional_bytes", "expiration_id"),
]


def surviving(plugin):
    """The plugin, with errors noted on the flow instead of ending the process."""

    class Surviving(plugin):
        def on_init(self, packet, flow):
            try:
                super().on_init(packet, flow)
            except Exception as error:
                flow.udps.raised = repr(error)

        def on_update(self, packet, flow):
            try:
                super().on_update(packet, flow)
            except Exception as error:
                flow.udps.raised = repr(error)
            if plugin is MDNS and packet.ip_version == 4 and flow.dst_port == 5353:
                note_unread(packet, flow)

    return Surviving


def note_unread(packet, flow):
    """Notes why dpkt takes a packet for no message."""
    try:
        dpkt.dns.DNS(dpkt.ip.IP(packet.ip_packet).data.data)
    except Exception as error:
        flow.udps.unread = repr(error)


def plain(value):
    """A value as JSON has it."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, numpy.generic):
        return value.item()
    return value


def main(plugin, captures):
    name, _, argument = plugin.partition(":")
    base, arguments = PLUGINS[name](int(argument) if argument else None)
    kind = surviving(base)
    for capture in captures:
        try:
            for flow in NFStreamer(source=capture, n_meters=1, n_dissections=0, active_timeout=ACTIVE_TIMEOUT, udps=kind(**arguments)):
                row = {"capture": os.path.basename(capture), **{column: getattr(flow, column) for column in COLUMNS}}
                row.update({key: plain(value) for key, value in vars(flow.udps).items()})
                print(json.dumps(row))
        except Exception as error:
            print(json.dumps({"capture": os.path.basename(capture), "refused": repr(error)}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
