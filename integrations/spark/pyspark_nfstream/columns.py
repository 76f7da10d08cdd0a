"""Columns of the command's Arrow as Spark takes them."""

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as spark
from pyspark.sql.pandas.types import to_arrow_schema

from .errors import NfstreamError

#: The column that tells of damage, with the option damage='rows'.
DAMAGE = "damage"

#: What it holds: null in a row of a flow.
DAMAGE_TYPE = spark.StructType(
    [
        spark.StructField("code", spark.StringType(), True, {"comment": "Which kind of damage it is, as in errorCodes of nfstream."}),
        spark.StructField("message", spark.StringType(), True, {"comment": "What was wrong, in a sentence."}),
        spark.StructField("packet", spark.LongType(), True, {"comment": "Number of the damaged packet in its capture, from 1."}),
        spark.StructField("offset", spark.LongType(), True, {"comment": "Where the damage is, in bytes of the uncompressed capture."}),
    ]
)

_SIMPLE = {
    pa.bool_(): spark.BooleanType(),
    pa.int8(): spark.ByteType(),
    pa.int16(): spark.ShortType(),
    pa.int32(): spark.IntegerType(),
    pa.int64(): spark.LongType(),
    # Spark has no unsigned integers: the next wider type holds them.
    pa.uint8(): spark.ShortType(),
    pa.uint16(): spark.IntegerType(),
    pa.uint32(): spark.LongType(),
    pa.uint64(): spark.LongType(),
    pa.float32(): spark.FloatType(),
    pa.float64(): spark.DoubleType(),
    pa.string(): spark.StringType(),
    pa.large_string(): spark.StringType(),
    pa.binary(): spark.BinaryType(),
}


def spark_schema(schema: pa.Schema, damage: bool = False) -> spark.StructType:
    """
    The schema that Spark has for the command's: each column with what it means as its comment, and its unit.

    With ``damage`` the column of that name stands last, and every column may be null.
    """
    fields = [
        spark.StructField(field.name, _spark_type(field.name, field.type), field.nullable or damage, _metadata(field)) for field in schema
    ]
    if damage:
        if DAMAGE in schema.names:
            raise NfstreamError(f"There is a column {DAMAGE} already; give the metric another name, or leave out damage='rows'.")
        fields.append(damage_field())
    return spark.StructType(fields)


def damage_field() -> spark.StructField:
    """The column that tells of damage."""
    return spark.StructField(DAMAGE, DAMAGE_TYPE, True, {"comment": "Why the flows of this capture are not all: a row of its own, in which all else but source_file is null."})


def arrow_schema(schema: spark.StructType) -> pa.Schema:
    """The Arrow types that Spark's workers expect for a schema."""
    return to_arrow_schema(schema, timezone="UTC")


def converted(batch: pa.RecordBatch, target: pa.Schema) -> pa.RecordBatch:
    """A batch of the command with the columns and types of a target; a column that it has not is null throughout."""
    columns = []
    for field in target:
        index = batch.schema.get_field_index(field.name)
        columns.append(pa.nulls(batch.num_rows, field.type) if index < 0 else _cast(batch.column(index), field))
    return pa.RecordBatch.from_arrays(columns, schema=target)


def _spark_type(name: str, kind: pa.DataType) -> spark.DataType:
    if pa.types.is_dictionary(kind):
        return _spark_type(name, kind.value_type)
    if pa.types.is_timestamp(kind):
        return spark.TimestampNTZType() if kind.tz is None else spark.TimestampType()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return spark.ArrayType(_spark_type(name, kind.value_type), kind.value_field.nullable)
    found = _SIMPLE.get(kind)
    if found is None:
        raise NfstreamError(f"The column {name} is of the Arrow type {kind}, for which there is none in Spark; leave it out with fields.")
    return found


def _metadata(field: pa.Field) -> dict[str, str]:
    told = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    # Spark shows what is called comment: in DESCRIBE, in a catalogue, and in Parquet that it writes.
    comment = {"comment": told.pop("meaning")} if "meaning" in told else {}
    return {**comment, **told}


def _cast(column: pa.Array, field: pa.Field) -> pa.Array:
    if column.type == field.type:
        return column
    try:
        # Spark's clock has microseconds: what is finer is cut off.
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = pc.floor_temporal(column, unit="microsecond")
        return column.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise NfstreamError(f"The column {field.name} can't be turned from {column.type} into {field.type}: {error}") from error
