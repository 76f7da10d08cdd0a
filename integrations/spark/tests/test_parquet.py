"""Parquet that the command wrote, in folders, as a table of Spark's."""

import subprocess

import pytest
from conftest import COMMAND, FIXTURES


@pytest.mark.parametrize("flags", [[], ["--compact", "--time-unit=us", "--timestamps=arrow", "--splt=3", "--features=full"]])
def test_folders_are_a_table_with_comments(spark, said, tmp_path, flags):
    table = tmp_path / "table"
    partitions = ["--partition-by", "application_category_name,day", "--format", "parquet"]
    subprocess.run([COMMAND, str(FIXTURES / "office.pcap"), "-q", "-o", str(table), *partitions, *flags], check=True)
    spark.sql(f"create table flows using parquet location '{table}'")
    try:
        spark.sql("msck repair table flows")  # a catalogue looks for folders when it is told to
        frame = spark.table("flows")
        expected = said(FIXTURES / "office.pcap", flags=[flag for flag in flags if flag not in ("--timestamps=arrow", "--compact")])
        assert set(frame.columns) == {*expected.schema.names, "day"} - {"source_file"}
        columns = ["id", "src_ip", "dst_port", "application_name", "requested_server_name", "bidirectional_bytes"]
        columns += ["splt_ps", "bidirectional_mean_ps"] if flags else []
        found = {tuple(map(str, row)) for row in frame.select(columns).collect()}
        assert found == {tuple(str(row[name]) for name in columns) for row in expected.to_pylist()}
        assert len(found) == 194

        comments = {row.col_name: row.comment for row in spark.sql("describe flows").collect() if not row.col_name.startswith("#")}
        meanings = {field.name: field.metadata[b"meaning"].decode() for field in expected.schema}
        # What stands in the names of folders has none.
        del meanings["application_category_name"], meanings["source_file"]
        assert {name: comments[name] for name in meanings} == meanings
        assert frame.schema["bidirectional_bytes"].metadata["unit"] == "bytes"
        assert dict(frame.dtypes)["dst_port"] == ("int" if flags else "bigint")
        # Without a catalogue, too.
        assert spark.read.parquet(str(table)).schema == frame.schema
    finally:
        spark.sql("drop table flows")
