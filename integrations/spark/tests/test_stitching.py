"""Pieces of flows, stitched by Spark, against nfstream stitch on one machine."""

import json
import subprocess

import pyarrow as pa
import pytest
from conftest import COMMAND, FIXTURES
from pieces import cut
from pyspark_nfstream import NfstreamError, damages, flows, numbered, stitch

FLAGS = ["--partial", "--statistics", "--splt=4", "--end-reason", "--idle-timeout=2"]
OPTIONS = {"partial": True, "statistics": True, "splt": 4, "end_reason": True, "idle_timeout": 2}


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    return cut(FIXTURES / "office.pcap", tmp_path_factory.mktemp("pieces"), 9, seed=1)


@pytest.fixture(scope="module")
def pieces(spark, captures, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("pieces") / "pieces")
    spark.read.format("nfstream").options(partition_bytes="16m", **OPTIONS).load([str(capture) for capture in sorted(captures)]).write.parquet(path)
    return spark.read.parquet(path)


@pytest.fixture(scope="module")
def packed(spark, captures, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("pieces") / "packed")
    reader = spark.read.format("nfstream").options(partition_bytes="3m", packed=True, **OPTIONS)
    reader.load([str(capture) for capture in sorted(captures)]).write.parquet(path)
    return spark.read.parquet(path)


def stitched_by_one(captures, *flags):
    """What one machine makes of captures that are given in their order."""
    metered = subprocess.run([COMMAND, "--per-file", "--format=arrows", "--quiet", *FLAGS, *flags, *captures], capture_output=True, check=True)
    done = subprocess.run([COMMAND, "stitch", "-", "--format=arrows", "--quiet"], input=metered.stdout, capture_output=True, check=True)
    return pa.ipc.open_stream(done.stdout).read_all()


def rows(frame, names):
    return [json.dumps(row.asDict()) for row in frame.select(names).orderBy("id").collect()]


@pytest.mark.parametrize(("partitions", "form"), [(1, "rows"), (5, "rows"), (1, "packed"), (3, "packed")])
def test_it_is_the_table_of_one_machine(request, captures, partitions, form):
    expected = stitched_by_one(captures)
    frame = numbered(stitch(request.getfixturevalue("pieces" if form == "rows" else "packed"), partitions))
    found = rows(frame, expected.schema.names)
    assert found == [json.dumps(row) for row in expected.to_pylist()]
    assert sum(row["pieces"] > 1 for row in expected.to_pylist()) >= 5
    assert frame.schema["pieces"].metadata["comment"]


def test_what_touches_no_bound_is_not_shuffled(pieces):
    touching = pieces.where("piece_row = 'flow' and piece_touches != 0").count()
    assert 0 < touching < pieces.where("piece_row = 'flow'").count()
    plan = stitch(pieces, 3)._jdf.queryExecution().executedPlan().toString()
    exchanges = [line.partition("Exchange ")[2].split("(")[0] for line in plan.splitlines() if " Exchange " in line]
    assert exchanges == ["shufflepartitionidpassthrough"]


@pytest.mark.parametrize("form", ["rows", "packed"])
def test_captures_that_overlap_go_as_a_whole(spark, captures, tmp_path, form):
    """Two probes in one point's name, whose captures cover the same time."""
    other = cut(FIXTURES / "office.pcap", tmp_path, 2, seed=2)
    both = [str(path) for path in (*captures[:3], other[0])]
    frame = spark.read.format("nfstream").options(packed=form == "packed", **OPTIONS).load(both)
    metered = subprocess.run([COMMAND, "--per-file", "--format=arrows", "--quiet", *FLAGS, *both], capture_output=True, check=True)
    table = pa.ipc.open_stream(metered.stdout).read_all().to_pandas()
    table["bounds"] = table.piece_row == "bounds"
    table = table.sort_values(["piece_point", "piece_clock_ns", "piece_capture", "bounds", "piece_last_packet"]).drop(columns="bounds")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema := frame_schema(metered.stdout)) as writer:
        writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))
    done = subprocess.run([COMMAND, "stitch", "-", "--format=arrows", "--quiet"], input=sink.getvalue(), capture_output=True, check=True)
    expected = pa.ipc.open_stream(done.stdout).read_all()
    found = numbered(stitch(frame.cache(), 2))
    assert rows(found, expected.schema.names) == [json.dumps(row) for row in expected.to_pylist()]
    frame.unpersist()


def frame_schema(stream):
    return pa.ipc.open_stream(stream).schema


def test_refused(spark, pieces, packed):
    with pytest.raises(NfstreamError, match="The frame has no column piece_point; read captures with option"):
        stitch(spark.range(1))
    with pytest.raises(NfstreamError, match="Expected a number of partitions from 1"):
        stitch(pieces, -1)
    damaged = pieces.selectExpr("*", "null as damage")
    with pytest.raises(NfstreamError, match=r"give stitch\(\) its flows"):
        stitch(damaged)
    with pytest.raises(NfstreamError, match=r"numbered\(\) takes the flows of stitch\(\)"):
        numbered(spark.range(1))
    with pytest.raises(NfstreamError, match=r"The frame has no column packed_inner; give stitch\(\) all that the option packed gives"):
        stitch(packed.drop("packed_inner"))
    with pytest.raises(NfstreamError, match="The frame has no capture"):
        stitch(packed.where("false"))
    others = spark.read.format("nfstream").options(partial=True, packed=True).load(str(FIXTURES / "office.pcap"))
    with pytest.raises(NfstreamError, match="The pieces have different columns; read all captures with the same options"):
        stitch(packed.union(others))


def test_nothing_to_stitch(pieces):
    none = numbered(stitch(pieces.where("false"), 1))
    assert (none.count(), none.columns[0]) == (0, "id")


def test_damaged_captures_of_packed_pieces(spark, captures, cut, tmp_path):
    """Their rows so far are pieces, and what was wrong stands beside them."""
    both = spark.read.format("nfstream").options(damage="rows", packed=True, **OPTIONS).load([str(captures[0]), str(cut)]).cache()
    assert [(row.source_file, row.packet) for row in damages(both).collect()] == [(str(cut), 214)]
    assert numbered(stitch(flows(both), 2)).count() > 0
    both.unpersist()


def test_rows_in_any_order_and_form_of_partitions(pieces):
    """As after a union, or a repartition by whoever wrote the table."""
    expected, found = (
        [row.asDict() for row in numbered(stitch(frame, 2)).orderBy("id").collect()]
        for frame in (pieces, pieces.orderBy("piece_key", "piece_end").repartition(3, "piece_touches"))
    )
    assert found == expected
