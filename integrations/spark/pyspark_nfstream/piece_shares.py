"""
How pieces get to where they are stitched: as batches of Arrow in a column of bytes.

Spark shuffles and sorts row by row, which takes longer than stitching where rows have a hundred columns. Here it moves a few rows, each of
which holds what one batch has for one partition; what is done for each piece is done by Arrow.
"""

import itertools
import mmap
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc

from .packing import compressed

#: By these columns, in this order, flows stand in the order of the one run over all packets.
PLACE = ("piece_point", "piece_clock_ns", "piece_capture", "piece_last_packet")

#: The columns of shares, as Spark has them: the partition that a share is for, and its pieces.
SHARES = "bucket int, pieces binary"

# The order in which nfstream stitch takes rows: those of flows in front of their capture's row of bounds.
_IN_CAPTURE = [("piece_row", "descending"), (PLACE[3], "ascending")]
_ORDER = [(name, "ascending") for name in PLACE[:3]] + _IN_CAPTURE

# Rows of the batches that the command is given.
_ROWS = 8192

# Shares begin at multiples of this in their file: Arrow reads columns in place only where they are aligned.
_ALIGNMENT = 64


def shared_out(buckets: int, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The shares of batches for partitions 0 to buckets - 1: pieces go by their key, bounds to all. Rows of a share are in their order."""
    for batch in batches:
        order = pc.sort_indices(batch, sort_keys=_ORDER)
        everywhere = pc.equal(batch.column("piece_row"), "bounds").take(order)
        # Any order of keys will do that is the same everywhere; Python's own hash() is not.
        bucket = pa.array([zlib.crc32(key) % buckets for key in batch.column("piece_key").cast(pa.binary()).to_pylist()], pa.int32()).take(order)
        shares = {}
        for number in range(buckets):
            its = order.filter(pc.or_(everywhere, pc.equal(bucket, number)))
            if len(its) > 0:
                shares[number] = _message(batch.take(its))
        yield pa.record_batch([pa.array(list(shares), pa.int32()), pa.array(list(shares.values()), pa.binary())], names=["bucket", "pieces"])


class Shares:
    """The shares of one partition, in a file, so that they take no memory until their pieces are put in order."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._file = tempfile.TemporaryFile()
        self._places: list[tuple[int, int]] = []

    def add(self, share: pa.Buffer) -> None:
        """Keeps a share."""
        begin = -(-self._file.tell() // _ALIGNMENT) * _ALIGNMENT
        self._file.seek(begin)
        # As it lies in memory, so that it can be read in place.
        size = self._file.write(pa.ipc.read_record_batch(share, self._schema).serialize())
        self._places.append((begin, size))

    def ordered(self) -> IO[bytes] | None:
        """All pieces as a stream of Arrow in a file, in the order in which they are stitched; None where there are only bounds. The shares are given up."""
        with self._file:
            self._file.flush()
            # Batches lie in what is mapped, which is given back with the last of them.
            mapped = pa.py_buffer(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ))
        shares = [pa.ipc.read_record_batch(mapped.slice(begin, size), self._schema) for begin, size in self._places]
        if not any(pc.any(pc.equal(share.column("piece_row"), "flow")).as_py() for share in shares):
            return None
        file = tempfile.TemporaryFile()
        with pa.ipc.new_stream(file, self._schema) as writer:
            for rows in _in_order(shares):
                writer.write_table(pa.Table.from_batches(rows).combine_chunks())
        file.seek(0)
        return file


def _message(rows: pa.RecordBatch) -> bytes:
    """A batch alone: who reads it knows its columns."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=compressed()) as writer:
        writer.write_batch(rows)
    # The columns stand in front of it.
    return sink.getvalue()[rows.schema.serialize().size :].to_pybytes()


@dataclass(frozen=True)
class _Slice:
    """Rows of one capture in one share."""

    capture: tuple
    rows: pa.RecordBatch

    @property
    def first(self) -> tuple[bool, int]:
        """Where its first row stands in its capture."""
        return self._place(0)

    @property
    def last(self) -> tuple[bool, int]:
        """Where its last row stands there."""
        return self._place(self.rows.num_rows - 1)

    def _place(self, row: int) -> tuple[bool, int]:
        return self.rows.column("piece_row")[row].as_py() == "bounds", self.rows.column(PLACE[3])[row].as_py()


def _in_order(shares: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """The rows of all shares in their order, as many together as the command is given at a time. In memory is what is in its hands, and a slice of each."""
    slices = sorted((one for share in shares for one in _slices(share)), key=lambda one: one.capture)
    together: list[pa.RecordBatch] = []
    count = 0
    for _, same in itertools.groupby(slices, key=lambda one: one.capture):
        parts = _one_capture(list(same))
        together += parts
        count += sum(rows.num_rows for rows in parts)
        if count >= _ROWS:
            yield together
            together, count = [], 0
    if together:
        yield together


def _slices(share: pa.RecordBatch) -> Iterator[_Slice]:
    names = [share.column(name) for name in PLACE[:3]]
    changes = [pc.not_equal(column.slice(1), column.slice(0, len(column) - 1)) for column in names]
    changed = pc.or_(pc.or_(changes[0], changes[1]), changes[2])
    for begin, end in itertools.pairwise([0, *(place + 1 for place in pc.indices_nonzero(changed).to_pylist()), share.num_rows]):
        yield _Slice(tuple(column[begin].as_py() for column in names), share.slice(begin, end - begin))


def _one_capture(parts: list[_Slice]) -> list[pa.RecordBatch]:
    """The rows of a capture in their order. Its bounds come apart from its pieces: most often it is enough to put one part behind the other, and that takes a twentieth of the time of sorting rows."""
    parts = sorted(parts, key=lambda part: part.first)
    rows = [part.rows for part in parts]
    if all(one.last <= next_.first for one, next_ in itertools.pairwise(parts)):
        return rows
    # The frame had pieces of a capture in several batches, in no order.
    table = pa.Table.from_batches(rows).combine_chunks()
    return table.take(pc.sort_indices(table, sort_keys=_IN_CAPTURE)).combine_chunks().to_batches()
