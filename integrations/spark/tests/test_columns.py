import pyarrow as pa
import pytest
from pyspark.sql import types as spark
from pyspark_nfstream import NfstreamError
from pyspark_nfstream.columns import arrow_schema, converted, spark_schema

utc_us = pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("given", "kind", "turned"),
    [
        (pa.array([1, -1], pa.int64()), spark.LongType(), [1, -1]),
        (pa.array([255, None], pa.uint8()), spark.ShortType(), [255, None]),
        (pa.array([65535], pa.uint16()), spark.IntegerType(), [65535]),
        (pa.array([2**32 - 1], pa.uint32()), spark.LongType(), [2**32 - 1]),
        (pa.array([2**63 - 1], pa.uint64()), spark.LongType(), [2**63 - 1]),
        (pa.array([-128], pa.int8()), spark.ByteType(), [-128]),
        (pa.array([1.5]), spark.DoubleType(), [1.5]),
        (pa.array(["a", None, "😀"]), spark.StringType(), ["a", None, "😀"]),
        (pa.array(["a", None, "a"]).dictionary_encode(), spark.StringType(), ["a", None, "a"]),
        (pa.array([[1, 2], None, [3, -1]], pa.list_(pa.int8(), 2)), spark.ArrayType(spark.ByteType()), [[1, 2], None, [3, -1]]),
        (pa.array([[2**40]], pa.list_(pa.field("item", pa.int64(), False), 1)), spark.ArrayType(spark.LongType(), False), [[2**40]]),
        (pa.array([[], [7]], pa.list_(pa.uint16())), spark.ArrayType(spark.IntegerType()), [[], [7]]),
    ],
)
def test_types(given, kind, turned):
    batch = pa.record_batch({"x": given})
    schema = spark_schema(batch.schema)
    assert schema["x"].dataType == kind
    result = converted(batch, arrow_schema(schema))
    assert result.schema.equals(arrow_schema(schema))
    assert result.column("x").to_pylist() == turned
    result.validate(full=True)
    # A slice, as a batch that was cut up, is the same.
    assert converted(batch.slice(len(given) - 1), arrow_schema(schema)).column("x").to_pylist() == turned[-1:]


@pytest.mark.parametrize(("unit", "value", "micros"), [("s", 5, 5_000_000), ("ms", -1, -1000), ("us", 7, 7), ("ns", 1999, 1), ("ns", -1, -1), ("ns", None, None)])
def test_points_in_time_have_microseconds(unit, value, micros):
    batch = pa.record_batch({"x": pa.array([value], pa.timestamp(unit, "UTC"))})
    schema = spark_schema(batch.schema)
    assert schema["x"].dataType == spark.TimestampType()
    result = converted(batch, arrow_schema(schema)).column("x")
    assert result.type == utc_us
    assert result.cast(pa.int64()).to_pylist() == [micros]


def test_refused():
    with pytest.raises(NfstreamError, match="The column x is of the Arrow type duration"):
        spark_schema(pa.schema([("x", pa.duration("s"))]))
    batch = pa.record_batch({"x": pa.array([2**64 - 1], pa.uint64())})
    with pytest.raises(NfstreamError, match="The column x can't be turned"):
        converted(batch, arrow_schema(spark_schema(batch.schema)))
    with pytest.raises(NfstreamError, match="There is a column damage already"):
        spark_schema(pa.schema([("damage", pa.int64())]), damage=True)


def test_comments_and_nulls():
    field = pa.field("x", pa.int64(), False, {"meaning": "What it is.", "unit": "bytes"})
    told = spark_schema(pa.schema([field]))["x"]
    assert (told.nullable, told.metadata) == (False, {"comment": "What it is.", "unit": "bytes"})
    assert [field.nullable for field in spark_schema(pa.schema([field]), damage=True)] == [True, True]
