"""Captures whose bytes are in a DataFrame, such as those that Spark reads from an object store."""

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame

from . import columns
from .captures import OPEN_COST
from .errors import NfstreamError
from .flow_batches import flow_batches, frame_schema
from .options import SourceOptions


def from_bytes(frame: DataFrame, **options: object) -> DataFrame:
    """
    The flows of captures whose bytes are in a DataFrame: ``from_bytes(spark.read.format('binaryFile').load('s3a://bucket/*.pcap'), splt=10)``.

    Takes the columns path, which becomes source_file, and content; each row is a capture, plain or compressed. Options are those of the data source, but
    its paths. A worker puts up to partition_bytes of captures into its temporary folder (TMPDIR) and runs the command over them.

    Raises NfstreamError for options that there are not or that have no meaning here, and for a frame without these columns.
    """
    checked = SourceOptions.of({name: _text(value) for name, value in options.items()})
    if checked.paths or checked.log is not None or checked.max_files_per_trigger is not None:
        raise NfstreamError("from_bytes() takes the captures of the frame; the options path, log and max_files_per_trigger have no meaning there.")
    missing = {"path", "content"} - set(frame.columns)
    if missing:
        raise NfstreamError(f"The frame has no column {sorted(missing)[0]}; from_bytes() takes path and content, as format('binaryFile') gives them.")
    schema = frame_schema(checked)
    # The schema goes along as text: Arrow's own can't be pickled by every release.
    return frame.select("path", "content").mapInArrow(functools.partial(_flows_of, checked, schema), schema)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flows_of(options: SourceOptions, schema: object, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    target = columns.arrow_schema(schema)
    with tempfile.TemporaryDirectory(prefix="nfstream-") as folder:
        written: dict[str, str] = {}
        room = options.partition_bytes
        for batch in batches:
            for path, content in zip(batch.column("path"), batch.column("content"), strict=True):
                if not content.is_valid:
                    raise NfstreamError(f"The row of {path.as_py()!r} has no content.")
                bytes_ = content.as_buffer()
                if written and bytes_.size + OPEN_COST > room:
                    yield from _emptied(options, written, target)
                    room = options.partition_bytes
                name = _written(os.path.join(folder, str(len(written))), path.as_py(), bytes_)
                written[name] = path.as_py()
                room -= bytes_.size + OPEN_COST
        if written:
            yield from _emptied(options, written, target)


def _written(folder: str, path: str, content: pa.Buffer) -> str:
    """Writes a capture under the name that it has, as flow_uid is made of it, in a folder of its own."""
    os.mkdir(folder)
    base = path.rpartition("/")[2].replace("\0", "")
    name = os.path.join(folder, base if base not in ("", ".", "..") and len(base.encode()) <= 255 else "capture")
    with open(name, "wb") as file:
        file.write(content)
    return name


def _emptied(options: SourceOptions, written: dict[str, str], target: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The flows of the captures that were written, which are deleted behind that."""
    yield from flow_batches(options, list(written), target, lambda name: written.get(name, name))
    for name in written:
        shutil.rmtree(os.path.dirname(name))
    written.clear()
