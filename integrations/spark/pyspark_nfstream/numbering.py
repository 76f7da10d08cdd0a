"""The ids that flows have in the one run over all captures."""

import itertools

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from .cluster import cores
from .errors import NfstreamError
from .piece_shares import PLACE

# A capture of flows, and what is known of it before its flows are looked at: in which partition they are put in order, and the first id there.
_TOLD = "piece_point string, piece_clock_ns long, piece_capture string, nfstream_part int, nfstream_first long"


def numbered(frame: DataFrame) -> DataFrame:
    """
    Flows of stitch() in the order of the one run over all captures, with its ids, from 0, as their first column.

    Counts the flows of each capture, for which it reads three columns, at once; the frame that it gives is shuffled and sorted when it is used.
    Nothing is kept. The frame must be one that is the same each time it is read, so write what stitch() gives to Parquet before.

    Raises NfstreamError for a frame of other columns.
    """
    missing = [name for name in PLACE if name not in frame.columns]
    if missing:
        raise NfstreamError(f"The frame has no column {missing[0]}; numbered() takes the flows of stitch().")
    session = frame.sparkSession
    capture = list(PLACE[:3])
    counted = sorted(tuple(row) for row in frame.groupBy(*capture).count().collect())
    firsts = [0, *itertools.accumulate(count for *_, count in counted)]
    parts = max(1, min(cores(session), len(counted)))
    told, first_of = [], {}
    for (*names, _), first in zip(counted, firsts):
        part = first * parts // firsts[-1]
        told.append((*names, part, first_of.setdefault(part, first)))
    # Each partition has whole captures, one behind the other: where a flow stands in it tells its id.
    placed = frame.join(f.broadcast(session.createDataFrame(told, _TOLD)), capture).repartitionById(parts, f.col("nfstream_part"))
    # Spark counts the rows of a partition in the lower 33 bits.
    place = f.monotonically_increasing_id().bitwiseAND(f.lit((1 << 33) - 1))
    return placed.sortWithinPartitions(*PLACE).select((place + f.col("nfstream_first")).alias("id"), *frame.columns)
