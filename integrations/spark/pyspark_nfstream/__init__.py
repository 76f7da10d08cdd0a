"""
Captures of packets as flows in Apache Spark, by the command ``nfstream``, which must be on every machine.

``spark.read.format('nfstream').load('captures/*.pcap')`` needs no import: Spark finds the module by its name.
"""

from .capture_bytes import from_bytes
from .errors import NfstreamError
from .numbering import numbered
from .source import NfstreamDataSource as DefaultSource
from .stitching import stitch
from .tables import damages, flows

__all__ = ["DefaultSource", "NfstreamError", "damages", "flows", "from_bytes", "numbered", "stitch"]
