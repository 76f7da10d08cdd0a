"""Captures that appear in a folder: each is read once, also by a query that is started again."""

import json
import os
import shutil
import time

import pytest
from conftest import FIXTURES


class Folder:
    """A folder in which captures appear, and the query that reads it."""

    def __init__(self, spark, path):
        self.spark = spark
        self.path = path
        self.captures = path / "captures"
        self.captures.mkdir()

    def appear(self, *names):
        for name in names:
            shutil.copy(FIXTURES / "ntp.pcap", self.captures / f"{name}.part")
            (self.captures / f"{name}.part").rename(self.captures / name)

    def reader(self, **options):
        given = {"log": self.path / "captures.log", "settle": 0, "fields": "id", **options}
        return self.spark.readStream.format("nfstream").options(**{name: str(value) for name, value in given.items()}).load(str(self.captures))

    def writer(self, **options):
        writer = self.reader(**options).writeStream.format("parquet").option("checkpointLocation", str(self.path / "checkpoint"))
        return writer.option("path", str(self.path / "out"))

    def run(self, **options):
        """Reads what is there now. Returns the captures of each batch."""
        query = self.writer(**options).trigger(availableNow=True).start()
        try:
            query.awaitTermination(120)
            assert query.exception() is None
        finally:
            query.stop()

    def seen(self):
        """Each capture, and how many times its first flow was read."""
        rows = self.spark.read.parquet(str(self.path / "out")).where("id = 0").groupBy("source_file").count().collect()
        return {os.path.basename(row.source_file): row["count"] for row in rows}

    def offsets(self):
        files = [file for file in (self.path / "checkpoint" / "offsets").iterdir() if file.name.isdigit()]
        return [json.loads(file.read_text().splitlines()[-1])["captures"] for file in sorted(files, key=lambda file: int(file.name))]


@pytest.fixture
def folder(spark, tmp_path):
    return Folder(spark, tmp_path)


def test_each_capture_once_with_restarts(folder, tmp_path):
    folder.appear("b10.pcap", "b9.pcap", "c.pcap")
    (folder.captures / "notes.txt").write_text("no capture")
    folder.run(maxFilesPerTrigger=2)
    assert folder.seen() == {"b9.pcap": 1, "b10.pcap": 1, "c.pcap": 1}
    assert folder.offsets() == [2, 3]

    # Names and times that come before those which were read make no difference.
    folder.appear("a.pcap")
    os.utime(folder.captures / "a.pcap", (1, 1))
    (folder.captures / "b9.pcap").unlink()
    folder.run()
    folder.run()
    assert folder.seen() == {"a.pcap": 1, "b9.pcap": 1, "b10.pcap": 1, "c.pcap": 1}
    assert folder.offsets() == [2, 3, 4]

    # The machine went down before the last batch was done: it is read again, and stands in the output once.
    (tmp_path / "checkpoint" / "commits" / "2").unlink()
    (tmp_path / "checkpoint" / "commits" / ".2.crc").unlink()
    folder.appear("d.pcap")
    folder.run()
    assert folder.seen() == {"a.pcap": 1, "b9.pcap": 1, "b10.pcap": 1, "c.pcap": 1, "d.pcap": 1}
    assert [json.loads(line)[1].rpartition("/")[2] for line in (tmp_path / "captures.log").read_text().splitlines()[1:]] == [
        "b9.pcap",
        "b10.pcap",
        "c.pcap",
        "a.pcap",
        "d.pcap",
    ]

    # Another log knows nothing of these captures.
    (tmp_path / "captures.log").unlink()
    with pytest.raises(Exception, match="The checkpoint of the query knows captures that the log"):
        folder.run()


def test_captures_that_appear_while_it_runs(folder):
    folder.appear("1.pcap")
    query = folder.writer(settle=3600).option("checkpointLocation", str(folder.path / "checkpoint")).start()
    try:
        old = time.time() - 7200
        for name in ("1.pcap", "2.pcap"):
            if name != "1.pcap":
                folder.appear(name)
            os.utime(folder.captures / name, (old, old))
            wait_until(lambda name=name: (folder.path / "out").exists() and name in seen_so_far(folder))
        folder.appear("3.pcap")  # is still being written, for all one can tell
        query.processAllAvailable()
        assert query.exception() is None
        assert folder.seen() == {"1.pcap": 1, "2.pcap": 1}
    finally:
        query.stop()


def seen_so_far(folder):
    try:
        return folder.seen()
    except Exception:  # noqa: BLE001 - the first file is under way
        return {}


def wait_until(true, seconds=120):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it has not come"
        time.sleep(0.2)


def test_what_a_stream_needs(folder):
    with pytest.raises(Exception, match="needs the option log"):
        reader = folder.spark.readStream.format("nfstream").load(str(folder.captures))
        reader.writeStream.format("noop").trigger(availableNow=True).start().awaitTermination(60)
