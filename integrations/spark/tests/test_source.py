"""Captures through a real Spark, against what the command itself says of them."""

import json
import os
import shutil
from glob import glob

import pyarrow as pa
import pytest
from conftest import FIXTURES
from pyspark.sql import functions as f
from pyspark.sql import types as t
from pyspark_nfstream import NfstreamError, damages, flows, from_bytes

ORDER = ["source_file", "id"]


def rows(frame):
    """The rows of a frame by its documented order, as text: byte for byte."""
    found = sorted(frame.collect(), key=lambda row: (row.source_file, row.id))  # Spark would read all captures twice to sort them
    return [json.dumps(row.asDict(), default=str) for row in found]


def rows_said(table):
    """The rows of the command's own table by that order."""
    return [json.dumps(row) for row in sorted(table.to_pylist(), key=lambda row: (row["source_file"], row["id"]))]


@pytest.fixture(scope="module")
def captures():
    return sorted(glob(f"{FIXTURES}/*.pcap*"))


def test_all_fixtures_are_as_the_command_has_them(spark, said, captures):
    frame = spark.read.format("nfstream").option("features", "full").option("splt", 5).option("statistics", True).load(f"{FIXTURES}/*.pcap*")
    expected = said(*captures, flags=["--features=full", "--splt=5", "--statistics"])
    assert frame.columns == expected.schema.names
    found = rows(frame)
    assert len(found) == expected.num_rows > 600
    assert found == rows_said(expected)
    assert {field.metadata["comment"] for field in frame.schema} == {field.metadata[b"meaning"].decode() for field in expected.schema}


def test_partitions_make_no_difference(spark, captures):
    some = captures[::4]

    def read(size):
        return spark.read.format("nfstream").options(partition_bytes=size, fields="id,src_ip,src2dst_bytes").load(some)

    assert rows(read("1g")) == rows(read("9m")) == rows(read(0))


def test_types_that_spark_has_not(spark, said):
    options = {"compact": True, "splt": 3, "timestamps": "arrow", "timeUnit": "ns", "fields": "src_port,bidirectional_first_seen_ns,dst2src_first_seen_ns"}
    frame = spark.read.format("nfstream").options(**options).load(str(FIXTURES / "nanosecond.pcap"))
    assert [(field.name, field.dataType.simpleString(), field.nullable) for field in frame.schema] == [
        ("src_port", "int", False),
        ("bidirectional_first_seen_ns", "timestamp", True),
        ("dst2src_first_seen_ns", "timestamp", True),
        ("splt_direction", "array<tinyint>", False),
        ("splt_ps", "array<int>", False),
        ("splt_piat_ns", "array<bigint>", False),
        ("source_file", "string", False),
    ]
    expected = said(FIXTURES / "nanosecond.pcap", flags=["--splt=3", "--time-unit=ns", f"--fields={options['fields']}"])
    found = frame.select(
        "src_port", "splt_ps", f.unix_micros("bidirectional_first_seen_ns").alias("first"), f.unix_micros("dst2src_first_seen_ns").alias("back")
    ).collect()
    assert [tuple(row) for row in found] == [
        (row["src_port"], row["splt_ps"], row["bidirectional_first_seen_ns"] // 1000, row["dst2src_first_seen_ns"] // 1000 or None)
        for row in expected.to_pylist()
    ]


def test_a_schema_of_your_own_is_a_choice_of_columns(spark):
    schema = t.StructType([t.StructField("dst_port", t.LongType()), t.StructField("application_name", t.StringType())])
    frame = spark.read.format("nfstream").schema(schema).load(str(FIXTURES / "dns.pcap"))
    assert [(row.dst_port, row.application_name.split(".")[0]) for row in frame.limit(2).collect()] == [(53, "DNS")] * 2


@pytest.mark.parametrize(
    ("options", "path", "told"),
    [
        ({"spit": 3}, "dns.pcap", "There is no option spit. Did you mean splt?"),
        ({"splt": "many"}, "dns.pcap", "--splt takes a whole number"),
        ({"idleTimeout": -1}, "dns.pcap", "--idle-timeout takes a number of seconds"),
        ({"command": "/no/such"}, "dns.pcap", "is not on this machine"),
        ({}, "none.pcap", "There is no file"),
    ],
)
def test_mistakes_are_told(spark, options, path, told):
    with pytest.raises(Exception, match=told):
        spark.read.format("nfstream").options(**options).load(str(FIXTURES / path)).collect()


def test_damage_fails_the_task(spark, cut):
    with pytest.raises(Exception, match="cut.pcap: The capture ends in the middle of packet 214, which begins at byte offset 49866."):
        spark.read.format("nfstream").load(str(cut)).collect()


def test_damage_as_rows(spark, said, cut, tmp_path):
    (tmp_path / "flat.pcap").write_text("no capture")
    shutil.copy(FIXTURES / "dns.pcap", tmp_path)
    frame = spark.read.format("nfstream").option("damage", "rows").load(str(tmp_path)).cache()
    assert rows(flows(frame)) == rows_said(said(cut, tmp_path / "dns.pcap"))
    told = [(os.path.basename(row[0]), *row[1:]) for row in damages(frame).orderBy("source_file").collect()]
    assert told == [
        ("cut.pcap", "ERR_NFSTREAM_TRUNCATED", f"{cut}: The capture ends in the middle of packet 214, which begins at byte offset 49866.", 214, 49866),
        ("flat.pcap", "ERR_NFSTREAM_NOT_A_CAPTURE", f"{tmp_path}/flat.pcap: The input is neither pcap nor pcapng: it looks like text.", None, 0),
    ]
    frame.unpersist()
    with pytest.raises(NfstreamError, match="read it with the option damage='rows'"):
        damages(spark.range(1))


def test_names_of_captures_may_hold_anything(spark, tmp_path):
    names = ["-q.pcap", "a b'\".pcap", "new\nline.pcap", "ü😀.pcap", "[x]*.pcap"]
    for name in names:
        shutil.copy(FIXTURES / "ntp.pcap", tmp_path / name)
    (tmp_path / "bad\n{.pcap").write_bytes(b"")
    frame = spark.read.format("nfstream").option("damage", "rows").load(str(tmp_path)).cache()
    assert {row[0] for row in flows(frame).select("source_file").distinct().collect()} == {str(tmp_path / name) for name in names}
    assert [row[:2] for row in damages(frame).collect()] == [(str(tmp_path / "bad\n{.pcap"), "ERR_NFSTREAM_EMPTY_FILE")]
    frame.unpersist()


def test_bytes_of_captures(spark, said, cut, captures):
    files = spark.read.format("binaryFile").load([*captures, str(cut)])
    frame = from_bytes(files, splt=2, timestamps="arrow", damage="rows", partition_bytes="20m").cache()
    expected = said(*captures, cut, flags=["--splt=2"])
    found = flows(frame).select(*ORDER, "src_ip", "splt_ps", "bidirectional_packets", f.unix_millis("bidirectional_last_seen_ms").alias("last"))
    expected = expected.select([*ORDER, "src_ip", "splt_ps", "bidirectional_packets", "bidirectional_last_seen_ms"]).rename_columns(found.columns)
    expected = expected.set_column(0, "source_file", pa.array([f"file:{path}" for path in expected["source_file"].to_pylist()]))
    assert rows(found) == rows_said(expected)
    assert [(row.source_file, row.packet, row.message.split(": ")[0]) for row in damages(frame).collect()] == [(f"file:{cut}", 214, f"file:{cut}")]
    frame.unpersist()


def test_bytes_that_cant_be_read(spark):
    with pytest.raises(NfstreamError, match="no column content"):
        from_bytes(spark.createDataFrame([("x",)], ["path"]))
    with pytest.raises(NfstreamError, match="takes the captures of the frame"):
        from_bytes(spark.range(1), path="x")
    with pytest.raises(NfstreamError, match="There is no option spit"):
        from_bytes(spark.range(1), spit=1)
    nothing = spark.createDataFrame([("x", None)], "path string, content binary")
    with pytest.raises(Exception, match="The row of 'x' has no content"):
        from_bytes(nothing).collect()


def test_whoever_has_seen_enough_ends_the_command(spark):
    frame = spark.read.format("nfstream").load([str(FIXTURES / "office.pcap")] * 3)
    assert len(frame.take(5)) == 5
