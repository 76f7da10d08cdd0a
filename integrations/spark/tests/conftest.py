"""What the tests share: one session of Spark, the command of this tree, and what it says itself of captures."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "fixtures"
COMMAND = ROOT / "dist" / "cli" / "main.js"

os.environ.update(NFSTREAM_COMMAND=str(COMMAND), PYSPARK_PYTHON=sys.executable, PYSPARK_DRIVER_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        # Tests are short: nothing is run often enough to be worth compiling.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "America/New_York")
        .config("spark.sql.warehouse.dir", str(folder))
        .config("spark.sql.catalogImplementation", "in-memory")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("FATAL")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def said():
    """What the command itself writes for captures, as a table of Arrow; ids count from 0 in each."""

    def run(*captures, flags=()):
        done = subprocess.run([COMMAND, "--per-file", "--format=arrows", "--quiet", *flags, *captures], capture_output=True, check=False)
        table = pa.ipc.open_stream(done.stdout).read_all()
        if "id" not in table.schema.names:
            return table
        first = {}
        pairs = zip(table["source_file"].to_pylist(), table["id"].to_pylist(), strict=True)
        ids = pa.array([number - first.setdefault(source, number) for source, number in pairs], pa.int64())
        return table.set_column(table.schema.get_field_index("id"), table.schema.field("id"), ids)

    return run


@pytest.fixture
def cut(tmp_path):
    """A capture that ends in the middle of its packet 214."""
    path = tmp_path / "cut.pcap"
    path.write_bytes((FIXTURES / "office.pcap").read_bytes()[:50_000])
    return path
