import os
import random

import pytest
from pyspark_nfstream import NfstreamError
from pyspark_nfstream.captures import OPEN_COST, Capture, captures_in, find, group, local, order


def names(folder, *files):
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"1234")


def test_order_is_that_of_people_and_total():
    sorted_ = ["10.pcap", "a01.pcap", "a1.pcap", "a2.pcap", "a-2.pcap", "a-10.pcap", "a-10.pcap1", "b.pcap", "ä.pcap"]
    for seed in range(20):
        shuffled = sorted_[:]
        random.Random(seed).shuffle(shuffled)
        assert sorted(shuffled, key=order) == sorted_


def test_a_folder_has_what_is_named_as_a_capture(tmp_path):
    names(tmp_path, "x2.pcap", "x10.PCAPNG", "x.cap.gz", "x.pcap3", "y.pcap.zst", ".hidden.pcap", "notes.txt", "x.pcap.bak", "below/z.pcap")
    (tmp_path / "folder.pcap").mkdir()
    expected = ["x.cap.gz", "x.pcap3", "x2.pcap", "x10.PCAPNG", "y.pcap.zst"]
    assert [os.path.basename(capture.path) for capture in find([str(tmp_path)])] == sorted(expected, key=order)
    assert all(capture.size == 4 for capture in find([str(tmp_path)]))


def test_patterns_and_paths(tmp_path, monkeypatch):
    names(tmp_path, "a/1.pcap", "a/2.dat", "b/1.pcap", "[odd].pcap", "with space?.pcap")
    monkeypatch.chdir(tmp_path)

    def found(*paths):
        return [os.path.relpath(capture.path, tmp_path) for capture in find(paths)]

    assert found("*/1.pcap") == ["a/1.pcap", "b/1.pcap"]
    assert found("**/*.pcap") == ["[odd].pcap", "a/1.pcap", "b/1.pcap", "with space?.pcap"]
    assert found("a/*") == ["a/1.pcap", "a/2.dat"]  # whoever names a file means it
    assert found("b/1.pcap", "a/2.dat") == ["b/1.pcap", "a/2.dat"]
    assert found("[odd].pcap") == ["[odd].pcap"]
    assert found(f"file://{tmp_path}/with%20space%3F.pcap") == ["with space?.pcap"]


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ([], "There is no path"),
        (["s3a://bucket/x.pcap"], "binaryFile"),
        (["hdfs:/x.pcap"], "binaryFile"),
        (["file://elsewhere/x.pcap"], "binaryFile"),
        (["/nowhere/x.pcap"], "There is no file '/nowhere/x.pcap'"),
        (["/nowhere/*.pcap"], "No file fits the pattern"),
        (["x\0.pcap"], "NUL"),
    ],
)
def test_refused(paths, told):
    with pytest.raises(NfstreamError, match=told):
        find(paths)


def test_a_folder_without_captures(tmp_path):
    with pytest.raises(NfstreamError, match="There is no capture in the folder"):
        find([str(tmp_path)])
    assert captures_in([str(tmp_path)]) == []  # a stream waits
    with pytest.raises(NfstreamError, match="is no folder"):
        captures_in([str(tmp_path / "later")])


def test_small_captures_stand_together_and_large_ones_alone():
    mib = 1 << 20
    sizes = [1, 1, 1, 100 * mib, 1, 32 * mib, 32 * mib]
    captures = [Capture(str(number), size) for number, size in enumerate(sizes)]
    assert group(captures, 64 * mib) == [["0", "1", "2"], ["3"], ["4", "5"], ["6"]]
    assert group(captures, 0) == [[str(number)] for number in range(7)]
    assert group([], 64 * mib) == []
    many = [Capture(str(number), 0) for number in range(1000)]
    assert [len(some) for some in group(many, 100 * OPEN_COST)] == [100] * 10


@pytest.mark.parametrize(
    ("sizes", "size", "expected"),
    [
        ([30] * 5, 128, [3, 2]),
        ([1] * 1000, 300, [250] * 4),
        ([1] * 1000, 220, [167] * 5 + [165]),
        ([1] * 7, 1000, [7]),
        ([1] * 9 + [500] + [1] * 9, 10, [9, 1, 9]),
        ([200, 1, 1, 1], 300, [4]),
    ],
)
def test_groups_are_as_few_as_can_be_and_even_and_of_about_one_size(sizes, size, expected):
    captures = [Capture(str(number), (mib << 20) - OPEN_COST) for number, mib in enumerate(sizes)]
    assert [len(some) for some in group(captures, size << 20)] == expected


def test_names_that_are_no_utf8(tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff\n'x.pcap"
    open(name, "wb").close()
    assert [os.fsencode(capture.path) for capture in find([str(tmp_path)])] == [name]
    assert local(os.fsdecode(name)) == os.fsdecode(name)
