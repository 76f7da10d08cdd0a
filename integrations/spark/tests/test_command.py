"""The command's process: what it says, how it ends, and that nothing is left of it."""

import os
import signal
import subprocess

import pyarrow as pa
import pytest
from conftest import FIXTURES
from pyspark_nfstream import NfstreamError
from pyspark_nfstream.columns import arrow_schema, spark_schema
from pyspark_nfstream.command import Damage, Run, schema
from pyspark_nfstream.flow_batches import Ids, flow_batches
from pyspark_nfstream.options import SourceOptions

plain = SourceOptions()


def script(tmp_path, text):
    path = tmp_path / "command"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return SourceOptions(command=str(path))


def test_schema_is_told_without_a_capture():
    names = schema(SourceOptions(flags=("--splt=3", "--end-reason"))).names
    assert names[0] == "id" and {"splt_ps", "end_reason"} < set(names) and names[-1] == "source_file"
    assert schema(SourceOptions(flags=("--fields=src_ip",))).names == ["src_ip", "source_file"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (SourceOptions(flags=("--splt=many",)), "--splt takes a whole number"),
        (SourceOptions(flags=("--fields=no_such",)), "no_such"),
        (SourceOptions(flags=("--filter=\0",)), "The option filter has a NUL byte"),
        (SourceOptions(command="/no/such/program"), "is not on this machine"),
    ],
)
def test_what_it_refuses_is_told(options, told):
    with pytest.raises(NfstreamError, match=told):
        schema(options)


def test_damages_have_their_places(cut, tmp_path):
    empty = tmp_path / "empty.pcap"
    empty.touch()
    missing = tmp_path / "missing.pcap"
    with Run(plain, [str(cut), str(FIXTURES / "dns.pcap"), str(empty), str(FIXTURES / "README.md"), str(missing)]) as run:
        assert sum(batch.num_rows for batch in run.batches()) == 27
        damages = run.damages()
    assert [(one.file, one.code, one.packet, one.offset) for one in damages] == [
        (str(cut), "ERR_NFSTREAM_TRUNCATED", 214, 49866),
        (str(empty), "ERR_NFSTREAM_EMPTY_FILE", None, 0),
        (str(FIXTURES / "README.md"), "ERR_NFSTREAM_NOT_A_CAPTURE", None, 0),
        (str(missing), "ERR_NFSTREAM_NO_SUCH_FILE", None, None),
    ]


def test_no_capture_has_anything_good():
    with Run(plain, [str(FIXTURES / "README.md")]) as run:
        assert list(run.batches()) == []
        assert [one.code for one in run.damages()] == ["ERR_NFSTREAM_NOT_A_CAPTURE"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exit 0", "something else than Arrow"),
        ("echo no arrow; exit 0", "something else than Arrow"),
        ("echo 'nfstream: It broke.' >&2; exit 1", "exit code 1: It broke"),
        ("echo 'Segmentation fault' >&2; exit 3", "exit code 3: Segmentation fault"),
        ("kill -9 $$", "ended by signal 9"),
        ("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 2", r"exit code 2: x{2000} \.\.\.$"),
    ],
)
def test_other_ends_are_errors(tmp_path, text, told):
    with pytest.raises(NfstreamError, match=told), Run(script(tmp_path, text), ["x"]) as run:
        list(run.batches())
        run.damages()


def test_damage_does_not_hide_another_failure(tmp_path):
    report = '{"time":"","source":{"damages":[{"code":"C","message":"Cut."}]}}'
    text = f"echo '{report}' >&2; echo 'nfstream: Cut.' >&2; echo 'nfstream: No memory.' >&2; exit 1"
    with pytest.raises(NfstreamError, match="exit code 1: No memory"), Run(script(tmp_path, text), ["x"]) as run:
        run.damages()
    with Run(script(tmp_path, text.replace("echo 'nfstream: No memory.' >&2; ", "")), ["x"]) as run:
        assert run.damages() == [Damage("", "C", "Cut.")]


def open_files():
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("how", ["break", "throw", "whole"])
def test_nothing_is_left(how, tmp_path):
    pids = tmp_path / "pids"
    # A command that would write for ever.
    whole = "exec " if how == "whole" else ""
    options = script(tmp_path, f'echo $$ >> {pids}\n{whole}"$NFSTREAM_COMMAND" "$@" || exit\nsleep 1000')
    before = open_files()
    target = arrow_schema(spark_schema(schema(plain)))
    flows = flow_batches(options, [str(FIXTURES / "office.pcap")], target)
    assert next(flows).num_rows == 194
    if how == "whole":
        assert list(flows) == []
    elif how == "throw":
        with pytest.raises(KeyError):
            flows.throw(KeyError())
    else:
        flows.close()
    assert open_files() == before
    for pid in pids.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)


def test_the_command_ends_when_its_reader_is_gone(tmp_path):
    """As when a Python worker is killed."""
    captures = [str(FIXTURES / "office.pcap")] * 2000
    process = subprocess.Popen([os.environ["NFSTREAM_COMMAND"], "--per-file", "--format=arrows", "--quiet", *captures], stdout=subprocess.PIPE)
    process.stdout.read(1000)
    process.stdout.close()
    assert process.wait(timeout=60) == 0


def test_ids_count_in_each_capture():
    def batch(sources, ids):
        return pa.record_batch({"id": pa.array(ids, pa.int64()), "source_file": sources})

    ids = Ids()
    assert ids.renumbered(batch(["a", "a", "b", "b"], [0, 1, 2, 3])).column("id").to_pylist() == [0, 1, 0, 1]
    assert ids.renumbered(batch(["b", "c", "d"], [4, 5, 6])).column("id").to_pylist() == [2, 0, 0]
    assert ids.renumbered(batch(["d"], [7])).column("id").to_pylist() == [1]
    # A capture's bounds are no flow.
    ids = Ids()
    assert ids.renumbered(batch(["a", "b", "b", "b"], [-1, 0, 1, -1])).column("id").to_pylist() == [-1, 0, 1, -1]
    assert ids.renumbered(batch(["b", "c", "c"], [-1, -1, 2])).column("id").to_pylist() == [-1, -1, 0]
    without = pa.record_batch({"source_file": ["a"]})
    assert Ids().renumbered(without) is without
