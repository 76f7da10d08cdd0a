import os

import pytest
from pyspark_nfstream import NfstreamError, capture_log
from pyspark_nfstream.capture_log import CaptureLog


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "folder" / "captures.log")


def reopened(log, path):
    log.close()
    return CaptureLog(path)


def test_numbers_stay(path):
    log = CaptureLog(path)
    log.add(["/b", "/a\n\"'", os.fsdecode(b"/\xff")])
    first = log.id
    log = reopened(log, path)
    assert (log.id, log.end) == (first, 3)
    assert log.between(0, 3) == ["/b", "/a\n\"'", os.fsdecode(b"/\xff")]
    assert "/b" in log and "/c" not in log
    log.add([])
    log.add(["/c"])
    assert reopened(log, path).between(2, 4) == [os.fsdecode(b"/\xff"), "/c"]


@pytest.mark.parametrize("torn", [b"[1", b'[1,"/b"]', b"\xff"])
def test_a_line_that_was_cut_off_was_never_told(path, torn):
    log = CaptureLog(path)
    log.add(["/a"])
    log.close()
    with open(path, "ab") as file:
        file.write(torn)
    log = CaptureLog(path)
    assert log.between(0, 9) == ["/a"]
    log.add(["/b"])
    assert reopened(log, path).between(0, 9) == ["/a", "/b"]


def test_a_head_that_was_cut_off(path):
    CaptureLog(path).close()
    os.truncate(path, 10)
    log = CaptureLog(path)
    log.add(["/a"])
    assert reopened(log, path).between(0, 9) == ["/a"]


@pytest.mark.parametrize("text", [b"flows\n", b"no line", b"{}\n", b'{"id":1}\n[1]\n', b"\xd4\xc3\xb2\xa1\n"])
def test_no_log(path, text):
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as file:
        file.write(text)
    with pytest.raises(NfstreamError, match="is no log of captures"):
        CaptureLog(path)
    with open(path, "rb") as file:
        assert file.read() == text


def test_captures_that_are_gone_are_left_out(path):
    log = CaptureLog(path)
    paths = [f"/{number}" for number in range(3000)]
    log.add(paths)
    log.forget(2000, ["/5", "/2500"])
    expected = ["/5", *paths[2000:]]
    assert log.between(0, 3000) == expected
    assert "/4" not in log and "/5" in log
    log = reopened(log, path)
    assert (log.between(0, 3000), log.end) == (expected, 3000)
    log.forget(3000, [])
    assert log.end == 3000  # a number is never given again
    log.add(["/new"])
    log = reopened(log, path)
    assert (log.between(0, 3001), log.end) == (["/2999", "/new"], 3001)
    assert os.listdir(os.path.dirname(path)) == ["captures.log"]


def test_few_lines_are_not_worth_it(path):
    log = CaptureLog(path)
    log.add(["/a", "/b"])
    before = os.stat(path).st_ino
    log.forget(2, [])
    assert os.stat(path).st_ino == before
    assert "/a" in log


def test_one_query_has_it(path, monkeypatch):
    monkeypatch.setattr(capture_log, "_patience", 0.2)
    log = CaptureLog(path)
    with pytest.raises(NfstreamError, match="in use by another query"):
        CaptureLog(path)
    log.add(["/a"])
    log.forget(1, [])
    with pytest.raises(NfstreamError, match="in use by another query"):
        CaptureLog(path)
    log.close()
    CaptureLog(path).close()


def test_what_cant_be_written(tmp_path):
    with pytest.raises(NfstreamError, match="can't be written: Is a directory"):
        CaptureLog(str(tmp_path))
