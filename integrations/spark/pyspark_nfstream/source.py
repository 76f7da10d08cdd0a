"""The data source that Spark finds as ``nfstream``."""

from collections.abc import Iterator, Mapping

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import StructType

from . import captures, columns
from .flow_batches import flow_batches, frame_schema
from .options import SourceOptions


class NfstreamDataSource(DataSource):
    """
    Captures as flows: ``spark.read.format('nfstream').option('features', 'full').load('captures/*.pcap')``.

    The columns are those of the command for the same options, and source_file. README.md has the options.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(options)
        self._options = SourceOptions.of(options)

    @classmethod
    def name(cls) -> str:
        return "nfstream"

    def schema(self) -> StructType:
        return frame_schema(self._options)

    def reader(self, schema: StructType) -> DataSourceReader:
        return CaptureReader(self._options, schema)

    def streamReader(self, schema: StructType) -> "DataSourceStreamReader":  # noqa: F821, N802
        from .stream import CaptureStreamReader

        return CaptureStreamReader(self._options, schema)


class CapturePartition(InputPartition):
    """Captures that one task reads."""

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths


class CaptureReader(DataSourceReader):
    """Reads captures, one or a group of small ones a task."""

    def __init__(self, options: SourceOptions, schema: StructType) -> None:
        self._options = options
        self._schema = schema

    def partitions(self) -> list[InputPartition]:
        found = captures.find(self._options.paths)
        return [CapturePartition(paths) for paths in captures.group(found, self._options.partition_bytes)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        return flow_batches(self._options, partition.paths, columns.arrow_schema(self._schema))
