"""Frames of pieces, row by row or packed, as stitch() looks at them."""

import functools
import json
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from . import columns, packing
from .errors import NfstreamError
from .piece_shares import PLACE, SHARES, shared_out

# What is known of a capture from its row of bounds: its point, its place in the order, and its last clock.
_Known = tuple[str, int, str, int]

# Columns that every frame of pieces has.
_NEEDED = (*PLACE, "piece_row", "piece_key", "piece_run", "piece_touches")


class Pieces:
    """A frame of a row for each piece, and one for the bounds of each capture. Looks at the bounds when it is made."""

    def __init__(self, frame: DataFrame) -> None:
        missing = [name for name in _NEEDED if name not in frame.columns]
        if missing:
            raise NfstreamError(f"The frame has no column {missing[0]}; read captures with option('partial', True) for stitch().")
        self._frame = frame
        self.schema = frame.schema
        bounds = f.col("piece_row") == "bounds"
        self._goes = bounds | (f.col("piece_touches") != 0)
        told = frame.where(bounds).select(*PLACE[:3], f.get_json_object("piece_run", "$.clock").cast("long")).collect()
        if overlapping := points_that_overlap(tuple(row) for row in told):
            self._goes = self._goes | f.col("piece_point").isin(overlapping)

    def shares(self, buckets: int) -> DataFrame:
        """What other captures may have a part of, and all bounds, shared out."""
        return self._frame.where(self._goes).mapInArrow(functools.partial(shared_out, buckets), SHARES)

    def whole(self, kept: Iterable[str]) -> DataFrame:
        """Pieces of which no other capture has a part, with the columns that flows have."""
        return self._frame.where(~self._goes).select(*map(_taken_over, kept))


class PackedPieces:
    """A frame that was read with the option packed."""

    def __init__(self, frame: DataFrame) -> None:
        missing = [name for name in packing.PACKED if name not in frame.columns]
        if missing:
            raise NfstreamError(f"The frame has no column {missing[0]}; give stitch() all that the option packed gives.")
        self._frame = frame
        told = frame.select(packing.BOUNDS).mapInArrow(_told, _TOLD).collect()
        schemas = {bytes(row.schema) for row in told if row.schema is not None}
        if not schemas:
            raise NfstreamError("The frame has no capture; give stitch() the pieces of some.")
        if len(schemas) > 1:
            raise NfstreamError("The pieces have different columns; read all captures with the same options, and the same release of nfstream.")
        self.schema = columns.spark_schema(pa.ipc.read_schema(pa.py_buffer(schemas.pop())))
        self._overlapping = points_that_overlap(tuple(row)[:4] for row in told if row.point is not None)

    def shares(self, buckets: int) -> DataFrame:
        """As of a frame row by row."""
        read = [packing.TOUCHING, packing.BOUNDS, *([packing.INNER] if self._overlapping else [])]
        return self._frame.select(read).mapInArrow(functools.partial(_shared_out, buckets, self._overlapping), SHARES)

    def whole(self, kept: Iterable[str]) -> DataFrame:
        """As of a frame row by row."""
        kept = list(kept)
        read = [field for field in self.schema if field.name in {*kept, "piece_capture"}]
        rows = self._frame.select(packing.INNER).mapInArrow(functools.partial(_inner, StructType(read), self._overlapping), StructType(read))
        return rows.select(*map(_taken_over, kept))


def points_that_overlap(captures: Iterable[_Known]) -> list[str]:
    """The observation points of which a capture begins before one in front of it has ended: there, a flow that touches no bound may go on in another."""
    clocks: dict[str, int] = {}
    found = set()
    for point, begin, _, end in sorted(captures):
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


# A row for each capture, and one for each batch with the columns that its pieces have.
_TOLD = "point string, begin long, capture string, end long, schema binary"


def _told(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    known: list[tuple] = []
    for rows in packing.unpacked([packing.BOUNDS], batches):
        schema = rows.schema.serialize().to_pybytes()
        if (None, None, None, None, schema) not in known:
            known.append((None, None, None, None, schema))
        ends = [json.loads(run)["clock"] for run in rows.column("piece_run").to_pylist()]
        known += zip(*(rows.column(name).to_pylist() for name in PLACE[:3]), map(int, ends), [None] * len(ends), strict=True)
    kinds = [pa.string(), pa.int64(), pa.string(), pa.int64(), pa.binary()]
    arrays = [pa.array(list(values), kind) for values, kind in zip(zip(*known), kinds)] if known else [pa.array([], kind) for kind in kinds]
    yield pa.record_batch(arrays, names=["point", "begin", "capture", "end", "schema"])


def _shared_out(buckets: int, overlapping: list[str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield from shared_out(buckets, packing.unpacked([packing.TOUCHING, packing.BOUNDS], [batch]))
        if overlapping:
            inner = packing.unpacked([packing.INNER], [batch])
            yield from shared_out(buckets, (rows.filter(_of(rows, overlapping)) for rows in inner))


def _inner(schema: StructType, overlapping: list[str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    target = columns.arrow_schema(schema)
    for rows in packing.unpacked([packing.INNER], batches):
        yield columns.converted(rows.filter(pc.invert(_of(rows, overlapping))) if overlapping else rows, target)


def _of(rows: pa.RecordBatch, points: list[str]) -> pa.Array:
    return pc.is_in(rows.column("piece_point"), pa.array(points, pa.string()))
