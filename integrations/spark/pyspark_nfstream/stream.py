"""Captures that appear, as a stream: each is read once, also by a query that is started again."""

import os
import time
from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql.datasource import DataSourceStreamReader
from pyspark.sql.streaming.datasource import ReadAllAvailable, ReadLimit, ReadMaxFiles, SupportsTriggerAvailableNow
from pyspark.sql.types import StructType

from . import captures, columns
from .capture_log import CaptureLog
from .errors import NfstreamError
from .flow_batches import flow_batches
from .options import SourceOptions
from .source import CapturePartition

#: Seconds between two looks at the folder; Spark asks many times a second.
_pause = 1.0


class CaptureStreamReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """
    Reads the captures of folders and patterns once each, in the order in which they were first seen, those of one look by their paths.

    That order stands in a log, so that captures may appear in any order of names and times; an offset is the number of captures
    taken from it: ``{"log": "5d0c...", "captures": 17}``.
    """

    def __init__(self, options: SourceOptions, schema: StructType) -> None:
        if not options.paths:
            raise NfstreamError("There is no path; give a folder or a pattern to load().")
        if options.log is None:
            raise NfstreamError("A stream of captures needs the option log: a file in which it keeps which captures it has taken, such as '/var/lib/flows/captures.log'.")
        self._options = options
        self._schema = schema
        self._log: CaptureLog | None = None
        self._looked = -_pause
        self._closed = False

    def initialOffset(self) -> dict:  # noqa: N802
        return {"log": self._opened().id, "captures": 0}

    def getDefaultReadLimit(self) -> ReadLimit:  # noqa: N802
        limit = self._options.max_files_per_trigger
        return ReadAllAvailable() if limit is None else ReadMaxFiles(limit)

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        self._look()
        self._closed = True

    def latestOffset(self, start: dict, limit: ReadLimit) -> dict:  # noqa: N802
        begin = self._place(start)
        if not self._closed and time.monotonic() - self._looked >= _pause:
            self._look()
        log = self._opened()
        end = min(log.end, begin + limit.max_files) if isinstance(limit, ReadMaxFiles) else log.end
        return {"log": log.id, "captures": end}

    def partitions(self, start: dict, end: dict) -> list[CapturePartition]:
        taken = self._opened().between(self._place(start), self._place(end))
        sized = [captures.Capture(path, captures.size_of(path)) for path in taken]
        return [CapturePartition(paths) for paths in captures.group(sized, self._options.partition_bytes)]

    def read(self, partition: CapturePartition) -> Iterator[pa.RecordBatch]:
        return flow_batches(self._options, partition.paths, columns.arrow_schema(self._schema))

    def commit(self, end: dict) -> None:
        self._opened().forget(self._place(end), captures.captures_in(self._options.paths))

    def stop(self) -> None:
        if self._log is not None:
            self._log.close()

    def _opened(self) -> CaptureLog:
        if self._log is None:
            self._log = CaptureLog(captures.local(self._options.log))
        return self._log

    def _place(self, offset: dict) -> int:
        log = self._opened()
        if offset["log"] != log.id or offset["captures"] > log.end:
            raise NfstreamError(
                f"The checkpoint of the query knows captures that the log {self._options.log!r} does not: it is another one, or an old copy. "
                "Name the log that the query had, or begin with a new checkpoint."
            )
        return offset["captures"]

    def _look(self) -> None:
        log = self._opened()
        before = time.time() - self._options.settle
        log.add([path for path in captures.captures_in(self._options.paths) if path not in log and _changed(path) <= before])
        self._looked = time.monotonic()


def _changed(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return float("inf")  # it has gone away again
