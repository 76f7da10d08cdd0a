"""
Pieces as batches of Arrow in columns of bytes, which Spark carries without looking into them.

A frame of pieces has a hundred columns and more. Turning them into Spark's rows, into Parquet, and into Arrow again takes longer than making the
flows, and nothing but stitch() wants them.
"""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as spark

from . import columns

#: Pieces that touch a bound of their capture, those that touch none, and the bounds: stitch() reads them apart.
TOUCHING, INNER, BOUNDS = PACKED = ("packed_touching", "packed_inner", "packed_bounds")

_COMMENTS = {
    TOUCHING: "Pieces that touch a bound of their capture, as a stream of Arrow, for stitch().",
    INNER: "Pieces that touch no bound of their capture, as a stream of Arrow, for stitch().",
    BOUNDS: "Bounds of captures, as a stream of Arrow, for stitch().",
}

# Rows of a batch that is packed: some 40 MB, and 6 MB of them when they are compressed.
_ROWS = 32768


def compressed() -> pa.ipc.IpcWriteOptions:
    """How batches that Spark carries are written: it copies them many times, and they become a sixth."""
    return pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1), use_threads=False)


def packed_fields() -> list[spark.StructField]:
    """The columns of packed pieces."""
    return [spark.StructField(name, spark.BinaryType(), True, {"comment": comment}) for name, comment in _COMMENTS.items()]


def packed(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Packs pieces as the command gives them, with the types that Spark would have for them."""
    target: pa.Schema | None = None
    together: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if target is None:
            target = columns.arrow_schema(columns.spark_schema(batch.schema))
        together.append(columns.converted(batch, target))
        rows += batch.num_rows
        if rows >= _ROWS:
            yield _packed(together)
            together, rows = [], 0
    if together:
        yield _packed(together)


def unpacked(names: Iterable[str], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The pieces in packed columns."""
    for batch in batches:
        for name in names:
            for share in batch.column(name):
                if share.is_valid:
                    yield from pa.ipc.open_stream(share.as_buffer())


def _packed(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    table = pa.Table.from_batches(batches)
    bounds = pc.equal(table["piece_row"], "bounds")
    touching = pc.and_(pc.invert(bounds), pc.not_equal(table["piece_touches"], 0))
    inner = pc.invert(pc.or_(bounds, touching))
    streams = [_stream(table.filter(mask)) for mask in (touching, inner, bounds)]
    return pa.record_batch([pa.array([stream], pa.binary()) for stream in streams], names=PACKED)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=compressed()) as writer:
        writer.write_table(table.combine_chunks())
    return sink.getvalue().to_pybytes()
