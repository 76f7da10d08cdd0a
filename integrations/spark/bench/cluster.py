"""
Many captures on a standalone cluster of two workers on this machine, one of which is killed, against one process.

usage: bench/cluster.py --capture FILE [--count 1000] [--folder DIR] [--local | --no-kill]

Cuts a capture into so many, which follow each other, and makes flows of them: on one machine with ``--per-file`` and ``nfstream stitch``,
on the cluster with the data source and stitch(). Both tables must be the same, ids and all. It prints the times, what was shuffled, and what the start
takes: of the session, and of a first run over a few captures, behind which workers, Python and Java's classes are there.
One process is measured in front of Spark and behind it, since a machine that others use is not the same for long. Needs NFSTREAM_COMMAND, or
nfstream on the search path, and the Python of the virtual environment of check.sh.
"""

import argparse
import contextlib
import json
import os
import struct
import subprocess
import sys
import urllib.request
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from spent import Spent, spent
from standalone import HOST, Cluster, Killer

OPTIONS = {"partial": True, "packed": True, "statistics": True, "splt": 10}
FLAGS = ["--per-file", "--partial", "--statistics", "--splt=10", "--format=arrows", "--quiet"]

#: Java carries bytes here, for seconds: what its second compiler takes of the cores does not come back.
JAVA = "-XX:TieredStopAtLevel=1"

#: Captures of the run that only starts everything: one for each worker.
FEW = 2


def cut(capture, folder, count):
    """Cuts a capture of little-endian pcap into so many of about one size. Returns their paths, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05}.pcap" for number in range(count)]
    if all(path.exists() for path in paths):
        return paths
    data = memoryview(capture.read_bytes())
    place = begin = 24
    number = 0
    while place < len(data):
        place += 16 + struct.unpack_from("<I", data, place + 8)[0]
        if place >= len(data) * (number + 1) // count or place >= len(data):
            paths[number].write_bytes(bytes(data[:24]) + bytes(data[begin:place]))
            begin = place
            number += 1
    return paths[:number]


def on_one(command, paths, folder):
    """What one process makes of them, and one that stitches. Returns what each took, and the file of the flows."""
    pieces = folder / "pieces.arrows"
    whole = folder / "whole.arrows"

    def run(argv, given, out):
        with open(given, "rb") as stdin, open(out, "wb") as stdout:
            subprocess.run(argv, stdin=stdin, stdout=stdout, check=True)

    metered, _ = spent(lambda: run([command, *FLAGS, *paths], os.devnull, pieces))
    stitched, _ = spent(lambda: run([command, "stitch", "-", "--format=arrows", "--quiet"], pieces, whole))
    return metered, stitched, whole


def session(master, command):
    from pyspark.sql import SparkSession

    spark = (
        SparkSession.builder.master(master)
        .appName("captures")
        .config("spark.driver.host", HOST)
        .config("spark.executor.memory", "1g")
        .config("spark.executor.extraJavaOptions", JAVA)
        .config("spark.driver.extraJavaOptions", JAVA)
        .config("spark.executorEnv.NFSTREAM_COMMAND", command)
        .config("spark.executorEnv.PYTHONPATH", os.environ["PYTHONPATH"])
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def stages(spark):
    """What the application's stages have done, from its own pages."""
    url = f"{spark.sparkContext.uiWebUrl}/api/v1/applications/{spark.sparkContext.applicationId}/stages?status=complete"
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def on_cluster(spark, paths, folder, between=contextlib.nullcontext(), **options):
    """What Spark makes of them. Returns what pieces and flows took, and the flows with their ids."""
    from pyspark_nfstream import numbered, stitch

    pieces, whole = str(folder / "pieces"), str(folder / "whole")
    frame = spark.read.format("nfstream").options(**OPTIONS, **options).load([str(path) for path in paths])
    with between:
        metered, _ = spent(lambda: frame.write.mode("overwrite").parquet(pieces))
    stitched, _ = spent(lambda: stitch(spark.read.parquet(pieces)).write.mode("overwrite").parquet(whole))
    return metered, stitched, numbered(spark.read.parquet(whole))


def shuffled(spark, before):
    """Prints what was shuffled behind so many stages."""
    wrote = [(stage["shuffleWriteBytes"], stage["shuffleWriteRecords"]) for stage in stages(spark)[: -before or None]]
    print(f"  shuffled: {sum(size for size, _ in wrote):,} bytes, {sum(rows for _, rows in wrote):,} rows")


def same(one, other):
    """The names of columns that differ."""
    differing = [] if one.num_rows == other.num_rows else [f"rows: {one.num_rows} and {other.num_rows}"]
    for name in one.schema.names:
        first, second = one[name].combine_chunks(), other[name].combine_chunks()
        if pa.types.is_fixed_size_list(first.type):
            first = first.cast(second.type)
        if not differing and not first.equals(second.cast(first.type)):
            count = "lists" if pa.types.is_list(first.type) else pc.sum(pc.fill_null(pc.not_equal(first, second), True)).as_py()
            differing.append(f"{name}: {count}")
    return differing


def compared(one: list[Spent], start: Spent, work: Spent, killed: bool):
    """Prints how much longer Spark takes than one process, by the mean of its runs. What a worker took of the processors is not known once it is killed."""
    wall = sum(run.wall for run in one) / len(one)
    processor = sum(run.processor for run in one) / len(one)
    print(f"Spark's work takes {work.wall / wall:.2f} times as long as one process, with its start {(start + work).wall / wall:.2f} times")
    if not killed:
        print(f"  and {work.processor / processor:.2f} times as much of the processors, with its start {(start + work).processor / processor:.2f} times")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--capture", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/nfstream-spark-bench"))
    parser.add_argument("--local", action="store_true", help="local[2] instead of a cluster")
    parser.add_argument("--no-kill", action="store_true", help="let both workers live")
    given = parser.parse_args()

    # Spark's own helpers look for the package as well, and do not know what a session was told.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    sys.path.insert(0, os.environ["PYTHONPATH"])
    from pyspark_nfstream.command import program

    command = program(None)
    paths = cut(given.capture, given.folder / "captures", given.count)
    print(f"{len(paths)} captures, {sum(path.stat().st_size for path in paths) / 1e6:,.0f} MB")
    one = []

    def measure_one():
        metered, stitched, whole = on_one(command, paths, given.folder)
        one.append(metered + stitched)
        print(f"one machine: {metered} for pieces, {stitched} for flows of them", flush=True)
        return pa.ipc.open_stream(whole).read_all()

    expected = measure_one()
    pieces = pa.ipc.open_stream(given.folder / "pieces.arrows").read_all().select(["piece_row", "piece_touches"])
    pieces = pieces.filter(pc.field("piece_row") == "flow")
    print(f"  {pieces.filter(pc.field('piece_touches') != 0).num_rows:,} of {pieces.num_rows:,} pieces touch a bound")
    cluster = None if given.local else Cluster(given.folder)
    try:
        begun, spark = spent(lambda: session("local[2]" if cluster is None else cluster.url, command))
        first, _ = spent(lambda: on_cluster(spark, paths[:FEW], given.folder, partition_bytes="1k")[2].toArrow())
        print(f"Spark: {begun} until its session is there, {first} for {FEW} captures, from pieces to ids", flush=True)
        before = len(stages(spark))
        killer = Killer(spark, None if given.no_kill else cluster)
        metered, stitched, flows = on_cluster(spark, paths, given.folder, killer)
        print(f"Spark: {metered} for pieces, {stitched} for flows of them", flush=True)
        shuffled(spark, before)
        ordered, found = spent(lambda: flows.orderBy("id").toArrow())
        print(f"Spark: {ordered} for ids, and {found.num_rows:,} flows of the table in their order in this process")
        differing = same(expected, found)
        print("the tables are the same" if not differing else f"they differ: {'; '.join(differing)}")
        spark.stop()
    finally:
        if cluster is not None:
            cluster.stop()
    measure_one()
    compared(one, begun + first, metered + stitched, killed=cluster is not None and not given.no_kill)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
