"""
Many captures on a standalone cluster of two workers on this machine, one of which is killed, against one process.

usage: bench/cluster.py --capture FILE [--count 1000] [--folder DIR] [--local | --no-kill]

Cuts a capture into so many, which follow each other, and makes flows of them: on one machine with ``--per-file`` and ``nfstream stitch``,
on the cluster with the data source and stitch(). Both tables must be the same, ids and all. It prints the times, what was shuffled, and what a task costs.
Needs NFSTREAM_COMMAND, or nfstream on the search path, and the Python of the virtual environment of check.sh.
"""

import argparse
import json
import os
import signal
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyspark

OPTIONS = {"partial": True, "statistics": True, "splt": 10}
FLAGS = ["--per-file", "--partial", "--statistics", "--splt=10", "--format=arrows", "--quiet"]
HOST = "127.0.0.1"


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


def seconds(work):
    begun = time.monotonic()
    result = work()
    return time.monotonic() - begun, result


def on_one(command, paths, folder):
    """What one process makes of them, and one that stitches. Returns the seconds of each, and the flows."""
    pieces = folder / "pieces.arrows"
    whole = folder / "whole.arrows"

    def run(argv, given, out):
        with open(given, "rb") as stdin, open(out, "wb") as stdout:
            subprocess.run(argv, stdin=stdin, stdout=stdout, check=True)

    metered, _ = seconds(lambda: run([command, *FLAGS, *paths], os.devnull, pieces))
    stitched, _ = seconds(lambda: run([command, "stitch", "-", "--format=arrows", "--quiet"], pieces, whole))
    return metered, stitched, pa.ipc.open_stream(whole).read_all()


class Cluster:
    """A master and two workers with a core each."""

    def __init__(self, folder):
        self._bin = Path(pyspark.__file__).parent / "bin" / "spark-class"
        self._env = {**os.environ, "SPARK_LOCAL_IP": HOST, "SPARK_WORKER_DIR": str(folder / "work"), "SPARK_LOCAL_DIRS": str(folder / "spark-local")}
        self._log = folder / "cluster.log"
        self._log.write_text("")
        self.url = f"spark://{HOST}:7177"
        self._started = [self._start("master.Master", "--host", HOST, "--port", "7177", "--webui-port", "7178")]
        self._wait("Starting Spark master", 1)
        for port in ("7179", "7180"):
            self._started.append(
                self._start("worker.Worker", "--host", HOST, "--cores", "1", "--memory", "2g", "--webui-port", port, self.url)
            )
        self._wait("Successfully registered with master", 2)

    def _start(self, name, *arguments):
        with open(self._log, "ab") as log:
            # A group of its own, so that a worker is killed with its executor.
            return subprocess.Popen(
                [self._bin, f"org.apache.spark.deploy.{name}", *arguments], env=self._env, stdout=log, stderr=log, start_new_session=True
            )

    def _wait(self, text, times):
        until = time.monotonic() + 120
        while self._log.read_text().count(text) < times:
            if time.monotonic() > until:
                raise SystemExit(f"The cluster did not start; {self._log} tells why.")
            time.sleep(0.2)

    def kill_worker(self):
        """Kills a worker, its executor, and their Python, as a machine that loses its power."""
        for group in sorted({self._started[-1].pid, *groups_below(self._started[-1].pid)}):
            os.killpg(group, signal.SIGKILL)
        self._started.pop().wait()

    def stop(self):
        for process in reversed(self._started):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def groups_below(pid):
    """The process groups of all that a process has started, and they in turn: Python workers have one of their own."""
    parents, groups = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                _, parent, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            parents[int(entry.name)] = int(parent)
            groups[int(entry.name)] = int(group)
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return {groups[one] for one in below if one in groups}


def session(master, command):
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master(master)
        .appName("captures")
        .config("spark.driver.host", HOST)
        .config("spark.executor.memory", "1g")
        .config("spark.executorEnv.NFSTREAM_COMMAND", command)
        .config("spark.pyspark.python", sys.executable)
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )


def stages(spark):
    """What the application's stages have done, from its own pages."""
    url = f"{spark.sparkContext.uiWebUrl}/api/v1/applications/{spark.sparkContext.applicationId}/stages?status=complete"
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def on_cluster(spark, paths, folder, between):
    """What Spark makes of them. Returns the seconds of each step, and the flows."""
    from pyspark_nfstream import numbered, stitch

    out = str(folder / "pieces")
    frame = spark.read.format("nfstream").options(**OPTIONS).load([str(path) for path in paths])
    print(f"  {frame.rdd.getNumPartitions()} tasks of captures")
    with between():
        metered, _ = seconds(lambda: frame.write.mode("overwrite").parquet(out))
    pieces = spark.read.parquet(out)
    done = len(stages(spark))
    stitched, count = seconds(lambda: stitch(pieces).write.mode("overwrite").parquet(str(folder / "whole")))
    wrote = [stage for stage in stages(spark) if stage["shuffleWriteBytes"] > 0]
    print(f"  shuffled by stitch(): {sum(s['shuffleWriteBytes'] for s in wrote):,} bytes, {sum(s['shuffleWriteRecords'] for s in wrote):,} rows")
    touching = pieces.where("piece_row = 'flow' and piece_touches != 0").count()
    total = pieces.where("piece_row = 'flow'").count()
    print(f"  {touching:,} of {total:,} pieces touch a bound")
    flows = numbered(spark.read.parquet(str(folder / "whole")))
    table = flows.orderBy("id").toArrow()
    flows.unpersist()
    return metered, stitched, table


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--capture", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/nfstream-spark-bench"))
    parser.add_argument("--local", action="store_true", help="local[2] instead of a cluster")
    parser.add_argument("--no-kill", action="store_true", help="let both workers live")
    given = parser.parse_args()

    from pyspark_nfstream.command import program

    command = program(None)
    paths = cut(given.capture, given.folder / "captures", given.count)
    size = sum(path.stat().st_size for path in paths)
    print(f"{len(paths)} captures, {size / 1e6:,.0f} MB")
    metered, stitched, expected = on_one(command, paths, given.folder)
    print(f"one machine: {metered:.1f} s for pieces, {stitched:.1f} s for {expected.num_rows:,} flows of them")

    cluster = None if given.local else Cluster(given.folder)
    try:
        begun, spark = seconds(lambda: session("local[2]" if cluster is None else cluster.url, command))
        spark.sparkContext.setLogLevel("ERROR")
        print(f"Spark: {begun:.1f} s until its session is there")
        killer = Killer(spark, None if given.no_kill else cluster)
        metered, stitched, found = on_cluster(spark, paths, given.folder, lambda: killer)
        print(f"Spark: {metered:.1f} s for pieces, {stitched:.1f} s for {found.num_rows:,} flows of them")
        differing = same(expected, found)
        print("the tables are the same" if not differing else f"they differ: {'; '.join(differing)}")
        spark.stop()
    finally:
        if cluster is not None:
            cluster.stop()
    return 1 if differing else 0


class Killer:
    """Kills a worker while the block is at work: when a quarter of the tasks are done."""

    def __init__(self, spark, cluster):
        self._spark = spark
        self._cluster = cluster

    def __enter__(self):
        import threading

        self._thread = threading.Thread(target=self._watch, daemon=True)
        if self._cluster is not None:
            self._thread.start()

    def __exit__(self, *_):
        if self._cluster is not None:
            self._thread.join()

    def _watch(self):
        tracker = self._spark.sparkContext.statusTracker()
        while True:
            for stage in tracker.getActiveStageIds():
                told = tracker.getStageInfo(stage)
                if told is not None and told.numCompletedTasks * 4 >= told.numTasks:
                    self._cluster.kill_worker()
                    print(f"  a worker is killed after {told.numCompletedTasks} of {told.numTasks} tasks")
                    return
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
