"""
Captures of packets as flows in Apache Spark, by the command ``nfstream``, which must be on every machine.

``spark.read.format('nfstream').load('captures/*.pcap')`` needs no import: Spark finds the module by its name.
"""

from .damages import damages, flows
from .errors import NfstreamError
from .from_bytes import from_bytes
from .source import NfstreamDataSource as DefaultSource

__all__ = ["DefaultSource", "NfstreamError", "damages", "flows", "from_bytes"]
