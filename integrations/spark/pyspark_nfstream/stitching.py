"""Flows that lie in several captures, put together again by ``nfstream stitch`` on the workers."""

import functools
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from typing import IO

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from . import columns, command
from .cluster import cores
from .errors import NfstreamError
from .piece_shares import PLACE, SHARES, Shares, shared_out

# Columns that every frame of pieces has.
_NEEDED = (*PLACE, "piece_row", "piece_key", "piece_run", "piece_touches")

# The partition in which a row is stitched.
_BUCKET = "nfstream_bucket"


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
    missing = [name for name in _NEEDED if name not in frame.columns]
    if missing:
        raise NfstreamError(f"The frame has no column {missing[0]}; read captures with option('partial', True) for stitch().")
    if columns.DAMAGE in frame.columns:
        raise NfstreamError("The frame has rows of damages; give stitch() its flows().")
    buckets = cores(frame.sparkSession) if partitions is None else partitions
    if buckets < 1:
        raise NfstreamError(f"Expected a number of partitions from 1 but received {partitions}.")
    run = functools.partial(_Stitching, program, ("--strict",) if strict else ())
    schema = run().schema(columns.arrow_schema(frame.schema))
    # What the whole run counts can't be counted in a part of it.
    kept = StructType([field for field in columns.spark_schema(schema) if field.name != "id"])

    is_bounds = f.col("piece_row") == "bounds"
    goes = is_bounds | (f.col("piece_touches") != 0)
    if overlapping := _overlapping(frame.where(is_bounds)):
        goes = goes | f.col("piece_point").isin(overlapping)
    bucket = f.when(is_bounds, None).otherwise(f.pmod(f.xxhash64("piece_point", "piece_key"), f.lit(buckets))).cast("int")
    shares = frame.where(goes).select("*", bucket.alias(_BUCKET)).mapInArrow(functools.partial(shared_out, buckets), SHARES)
    gathered = shares.repartitionById(buckets, f.col("bucket"))
    stitched = gathered.mapInArrow(functools.partial(_stitched, run, frame.schema, kept), kept)
    return stitched.union(frame.where(~goes).select(*[_taken_over(field.name) for field in kept]))


def _overlapping(bounds: DataFrame) -> list[str]:
    """The observation points of which a capture begins before one in front of it has ended: there, a flow that touches no bound may go on in another."""
    told = bounds.select(*PLACE[:3], f.get_json_object("piece_run", "$.clock").cast("long")).collect()
    clocks: dict[str, int] = {}
    found = set()
    for point, begin, _, end in sorted(tuple(row) for row in told):
        if point in clocks and begin < clocks[point]:
            found.add(point)
        clocks[point] = max(end, clocks.get(point, end))
    return sorted(found)


def _taken_over(name: str) -> Column:
    """A column of a flow that was one piece."""
    match name:
        case "pieces":
            return f.lit(1).cast("long").alias(name)
        case "source_files":
            return f.to_json(f.array("piece_capture")).alias(name)
        case "stitch_inexact":
            return f.lit("").alias(name)
        case _:
            return f.col(name)


class _Stitching:
    """The command ``nfstream stitch``."""

    def __init__(self, program: str | None, flags: tuple[str, ...]) -> None:
        self._argv = [command.program(program), "stitch", "-", "--from=arrow", "--keep-places", "--format=arrows", "--quiet", *flags]

    def schema(self, given: pa.Schema) -> pa.Schema:
        """The columns that come out, told without a piece."""
        sink = pa.BufferOutputStream()
        pa.ipc.new_stream(sink, given).close()
        done = subprocess.run(self._argv, input=sink.getvalue(), capture_output=True, check=False)
        if done.returncode != 0:
            raise NfstreamError(f"nfstream stitch refuses the frame: {command.shortened(done.stderr)}")
        return pa.ipc.open_stream(done.stdout).schema

    def batches(self, pieces: IO[bytes]) -> Iterator[pa.RecordBatch]:
        """The flows of pieces that stand in a file in their order."""
        pieces.seek(0)
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(self._argv, stdin=pieces, stdout=subprocess.PIPE, stderr=said)
            try:
                yield from command.arrow_of(process)
                if process.wait() != 0:
                    said.seek(0)
                    raise NfstreamError(f"nfstream stitch failed: {command.shortened(said.read())}")
            finally:
                process.kill()
                process.stdout.close()
                process.wait()


def _stitched(run: Callable[[], _Stitching], given: StructType, kept: StructType, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
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
