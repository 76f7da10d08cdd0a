"""From captures to batches of flows: what a task does."""

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as spark

from . import columns, command
from .command import Damage, Run
from .errors import NfstreamError
from .options import SourceOptions
from .packing import packed, packed_fields

#: The column with the capture that a flow is of.
SOURCE_FILE = "source_file"

#: The columns that have a capture's name.
CAPTURE_NAMES = (SOURCE_FILE, "piece_capture")


def frame_schema(options: SourceOptions) -> spark.StructType:
    """The columns of a frame that is read with these options. Raises NfstreamError with what the command refuses."""
    flows = command.schema(options)
    if not options.packed:
        return columns.spark_schema(flows, options.damage == "rows")
    damage = [spark.StructField(SOURCE_FILE, spark.StringType(), True), columns.damage_field()] if options.damage == "rows" else []
    return spark.StructType([*packed_fields(), *damage])


def flow_batches(options: SourceOptions, captures: Sequence[str], target: pa.Schema, named: Callable[[str], str] = str) -> Iterator[pa.RecordBatch]:
    """
    The flows of captures, each a run of its own whose ids count from 0, so that they are the same with whatever captures it is read.

    :param target: the columns that are wanted, with their types
    :param named: the name that source_file and damages tell for a path
    """
    ids = Ids()
    with Run(options, captures) as run:
        batches = (_renamed(ids.renumbered(batch), named) for batch in run.batches() if batch.num_rows > 0)
        for batch in packed(batches) if options.packed else batches:
            yield columns.converted(batch, target)
        damages = run.damages()
    if not damages:
        return
    if options.damage == "fail":
        raise NfstreamError(_told(damages, named))
    yield _damage_rows(damages, target, named)


class Ids:
    """Makes the ids of flows, which the command counts over all its captures, count from 0 in each; -1 stays what is no flow."""

    def __init__(self) -> None:
        self._source: str | None = None
        self._first: int | None = None

    def renumbered(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The same flows, with ids from 0 in each capture; flows of a capture stand together, in one batch or several."""
        place = batch.schema.get_field_index("id")
        if place < 0:
            return batch
        ids = batch.column(place)
        runs = pc.run_end_encode(batch.column(SOURCE_FILE))
        shifted = []
        begin = 0
        for source, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            shifted.append(self._shifted(source, ids.slice(begin, end - begin)))
            begin = end
        return batch.set_column(place, batch.schema.field(place), pa.concat_arrays(shifted))

    def _shifted(self, source: str, ids: pa.Array) -> pa.Array:
        if source != self._source:
            self._source = source
            self._first = None
        flows = pc.greater_equal(ids, 0)
        if self._first is None:
            self._first = pc.min(ids.filter(flows)).as_py()
        return ids if self._first is None else pc.if_else(flows, pc.subtract(ids, pa.scalar(self._first, ids.type)), ids)


def _renamed(batch: pa.RecordBatch, named: Callable[[str], str]) -> pa.RecordBatch:
    if named is str:
        return batch
    for column in CAPTURE_NAMES:
        place = batch.schema.get_field_index(column)
        if place >= 0:
            coded = batch.column(place).dictionary_encode()
            names = pa.array([named(path) for path in coded.dictionary.to_pylist()], pa.string())
            batch = batch.set_column(place, batch.schema.field(place), names.take(coded.indices))
    return batch


def _told(damages: Sequence[Damage], named: Callable[[str], str]) -> str:
    first = damages[0]
    # What is said of a capture begins with its path where it does not stand in the sentence.
    message = first.message.replace(first.file, named(first.file)) if first.file else first.message
    more = f" And {len(damages) - 1} more." if len(damages) > 1 else ""
    return f"{message}{more} With damage='rows' the flows in front of it are kept, and a row tells of it."


def _damage_rows(damages: Sequence[Damage], target: pa.Schema, named: Callable[[str], str]) -> pa.RecordBatch:
    rows = {
        SOURCE_FILE: [named(damage.file) for damage in damages],
        columns.DAMAGE: [
            {
                "code": damage.code,
                "message": damage.message.replace(damage.file, named(damage.file)) if damage.file else damage.message,
                "packet": damage.packet,
                "offset": damage.offset,
            }
            for damage in damages
        ],
    }
    arrays = [pa.array(rows[field.name], field.type) if field.name in rows else pa.nulls(len(damages), field.type) for field in target]
    return pa.RecordBatch.from_arrays(arrays, schema=target)
