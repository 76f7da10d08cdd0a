"""Flows that lie in several captures, put together again by ``nfstream stitch`` on the workers."""

import functools
from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from . import columns
from .cluster import cores
from .errors import NfstreamError
from .packing import PACKED
from .piece_frames import PackedPieces, Pieces
from .piece_shares import Shares
from .stitch_command import Stitching


def stitch(frame: DataFrame, partitions: int | None = None, strict: bool = False, program: str | None = None) -> DataFrame:
    """
    Flows of a frame that was read with the option partial, each whole, as one run over all captures would have given it.

    Takes rows of captures of any number and in any order, with the rows that tell their bounds. Those are looked at at once, and the frame is read twice
    when the flows are used: write it to Parquet, or cache it, before. Pieces that touch no bound of their capture are taken over as they are, without
    a shuffle; the others go by their key to ``partitions`` partitions (as many as the cluster has cores if nothing is said), together with all
    bounds. Where captures of an observation point overlap in time, all its pieces go.

    The columns are those of ``nfstream stitch --keep-places`` but id. By PLACE flows stand in the order of the one run; numbered() gives them its ids.

    :param strict: fail for a flow of which some column may not be that of the one run, instead of naming it in stitch_inexact
    :param program: the program to run, as the option command of the data source

    Raises NfstreamError for a frame of other columns, and what ``nfstream stitch`` refuses.
    """
    if columns.DAMAGE in frame.columns:
        raise NfstreamError("The frame has rows of damages; give stitch() its flows().")
    buckets = cores(frame.sparkSession) if partitions is None else partitions
    if buckets < 1:
        raise NfstreamError(f"Expected a number of partitions from 1 but received {partitions}.")
    pieces = PackedPieces(frame) if any(name in frame.columns for name in PACKED) else Pieces(frame)
    run = functools.partial(Stitching, program, ("--strict",) if strict else ())
    schema = run().schema(columns.arrow_schema(pieces.schema))
    # What the whole run counts can't be counted in a part of it.
    kept = StructType([field for field in columns.spark_schema(schema) if field.name != "id"])
    gathered = pieces.shares(buckets).repartitionById(buckets, f.col("bucket"))
    stitched = gathered.mapInArrow(functools.partial(_stitched, run, pieces.schema, kept), kept)
    return stitched.union(pieces.whole(kept.names))


def _stitched(run: Callable[[], Stitching], given: StructType, kept: StructType, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    source, target = columns.arrow_schema(given), columns.arrow_schema(kept)
    buckets: dict[int, Shares] = {}
    for batch in batches:
        for bucket, share in zip(batch.column("bucket").to_pylist(), batch.column("pieces"), strict=True):
            if bucket not in buckets:
                buckets[bucket] = Shares(source)
            buckets[bucket].add(share.as_buffer())
    for bucket in sorted(buckets):
        # A file between Spark and the command: neither ever waits for the other.
        pieces = buckets.pop(bucket).ordered()
        if pieces is None:
            continue
        with pieces:
            for batch in run().batches(pieces):
                if batch.num_rows > 0:
                    yield columns.converted(batch, target)
