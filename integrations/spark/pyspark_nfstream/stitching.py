"""Flows that lie in several captures, put together again by ``nfstream stitch`` on the workers."""

import functools
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from . import columns, command
from .errors import NfstreamError

#: By these columns, in this order, flows stand in the order of the one run over all packets.
PLACE = ("piece_point", "piece_clock_ns", "piece_capture", "piece_last_packet")

#: Columns that every frame of pieces has.
_NEEDED = (*PLACE, "piece_row", "piece_key", "piece_run", "piece_touches")

#: The partition in which a row is stitched.
_BUCKET = "nfstream_bucket"


def stitch(frame: DataFrame, partitions: int | None = None, strict: bool = False, program: str | None = None) -> DataFrame:
    """
    Flows of a frame that was read with the option partial, each whole, as one run over all captures would have given it.

    Takes rows of captures of any number and in any order, with the rows that tell their bounds. The frame is read three times: write it to
    Parquet, or cache it, before. Pieces that touch no bound of their capture are taken over as they are, without a shuffle; the others
    go by their key to ``partitions`` partitions (spark.sql.shuffle.partitions if nothing is said), together with all bounds. Where captures of an
    observation point overlap in time, all its pieces go.

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
    buckets = partitions or int(frame.sparkSession.conf.get("spark.sql.shuffle.partitions"))
    if buckets < 1:
        raise NfstreamError(f"Expected a number of partitions from 1 but received {partitions}.")
    run = functools.partial(_Stitching, program, ("--strict",) if strict else ())
    schema = run().schema(columns.arrow_schema(frame.schema))
    # What the whole run counts can't be counted in a part of it.
    kept = StructType([field for field in columns.spark_schema(schema) if field.name != "id"])

    bounds = frame.where(f.col("piece_row") == "bounds")
    pieces = frame.where(f.col("piece_row") == "flow").join(f.broadcast(_overlapping(bounds)), f.col("piece_point").eqNullSafe(f.col("point")), "left")
    touches = (f.col("piece_touches") != 0) | f.col("point").isNotNull()
    touching = pieces.where(touches).select(*frame.columns, f.pmod(f.xxhash64("piece_point", "piece_key"), f.lit(buckets)).cast("int").alias(_BUCKET))
    everywhere = bounds.select(*frame.columns, f.explode(f.sequence(f.lit(0), f.lit(buckets - 1))).alias(_BUCKET))
    order = [*PLACE[:3], f.col("piece_row") == "bounds", PLACE[3]]
    placed = touching.unionByName(everywhere).repartitionById(buckets, f.col(_BUCKET)).sortWithinPartitions(_BUCKET, *order)
    stitched = placed.mapInArrow(functools.partial(_stitched, run, kept), kept)
    whole = pieces.where(~touches).select(*[_taken_over(field.name, frame) for field in kept])
    return stitched.unionByName(whole)


def numbered(frame: DataFrame) -> DataFrame:
    """
    Flows of stitch() in the order of the one run over all captures, with its ids, from 0, as their first column.

    Sorts all flows, and keeps them on the executors (unpersist() gives that back).
    """
    ordered = frame.orderBy(*PLACE).withColumn("part", f.spark_partition_id()).withColumn("place", f.monotonically_increasing_id()).persist()
    counts = {row.part: row["count"] for row in ordered.groupBy("part").count().collect()}
    first, total = {}, 0
    for part in sorted(counts):
        first[part] = total
        total += counts[part]
    if not first:
        return ordered.select(f.col("place").alias("id"), *frame.columns)
    firsts = f.create_map(*[f.lit(value) for pair in first.items() for value in pair])
    # Spark counts the rows of a partition in the lower 33 bits.
    number = f.col("place").bitwiseAND(f.lit((1 << 33) - 1)) + firsts[f.col("part")].cast("long")
    return ordered.select(number.alias("id"), *frame.columns)


def _overlapping(bounds: DataFrame) -> DataFrame:
    """The observation points of which a capture begins before one in front of it has ended: there, a flow that touches no bound may go on in another."""
    clock = f.get_json_object("piece_run", "$.clock").cast("long")
    before = Window.partitionBy("piece_point").orderBy("piece_clock_ns", "piece_capture").rowsBetween(Window.unboundedPreceding, -1)
    told = bounds.select("piece_point", "piece_clock_ns", f.max(clock).over(before).alias("before"))
    return told.where(f.col("piece_clock_ns") < f.col("before")).select(f.col("piece_point").alias("point")).distinct()


def _taken_over(name: str, frame: DataFrame) -> Column:
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


def _stitched(run: Callable[[], _Stitching], schema: StructType, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    target = columns.arrow_schema(schema)
    for pieces in _by_bucket(batches):
        # A file between Spark and the command: neither ever waits for the other.
        with pieces:
            for batch in run().batches(pieces):
                if batch.num_rows > 0:
                    yield columns.converted(batch, target)


def _by_bucket(batches: Iterator[pa.RecordBatch]) -> Iterator[IO[bytes]]:
    """The rows of each bucket, which stand together, as a stream of Arrow in a file; buckets without flows have nothing to stitch."""
    current, file, writer, flows = None, None, None, False
    for batch in batches:
        place = batch.schema.get_field_index(_BUCKET)
        runs = pc.run_end_encode(batch.column(place))
        begin = 0
        for bucket, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            rows = batch.slice(begin, end - begin).remove_column(place)
            begin = end
            if bucket != current:
                if file is not None:
                    yield from _finished(file, writer, flows)
                current, file, flows = bucket, tempfile.TemporaryFile(), False
                writer = pa.ipc.new_stream(file, rows.schema)
            writer.write_batch(rows)
            flows = flows or pc.any(pc.equal(rows.column("piece_row"), "flow")).as_py()
    if file is not None:
        yield from _finished(file, writer, flows)


def _finished(file: IO[bytes], writer: pa.RecordBatchStreamWriter, flows: bool) -> Iterator[IO[bytes]]:
    writer.close()
    if flows:
        yield file
    else:
        file.close()
