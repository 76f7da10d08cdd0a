"""The list of the captures that a stream has taken, in the order in which it took them."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterable, Sequence

from .errors import NfstreamError

#: Seconds for which a log may still be held by the query that was stopped just before.
_patience = 10.0

#: Lines that are worth being left out.
_worth = 1000


class CaptureLog:
    """
    A file with a line for each capture: its number and path. Numbers count from 0 and are never given again, so that an offset is a number.

    A line is on the disk before its number is told to anyone. One query at a time may have a log open.

    Raises NfstreamError for a file that is no log, that another query has open, or that can't be written.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        #: What this log is told from others by.
        self.id = ""
        self._lines: dict[int, str] = {}
        self._seen: set[str] = set()
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self._file = self._locked()
            try:
                self._load()
            except BaseException:
                self._file.close()
                raise
        except OSError as error:
            raise NfstreamError(f"The log {path!r} can't be written: {error.strerror}.") from error

    @property
    def end(self) -> int:
        """The number that the next capture gets."""
        return max(self._lines, default=-1) + 1

    def __contains__(self, capture: str) -> bool:
        return capture in self._seen

    def add(self, captures: Sequence[str]) -> None:
        """Takes captures that are not in it, in this order."""
        if not captures:
            return
        lines = dict(enumerate(captures, self.end))
        self._file.seek(0, os.SEEK_END)
        self._file.write(_text(lines.items()))
        self._sync()
        self._lines.update(lines)
        self._seen.update(captures)

    def between(self, start: int, end: int) -> list[str]:
        """The captures with the numbers from start up to, and without, end."""
        return [self._lines[number] for number in range(start, end) if number in self._lines]

    def forget(self, end: int, there: Iterable[str]) -> None:
        """Leaves out captures before a number that are not there any more, once they are many."""
        kept = set(there)
        last = self.end - 1
        lines = {number: path for number, path in self._lines.items() if number >= end or number == last or path in kept}
        gone = len(self._lines) - len(lines)
        if gone < _worth or gone * 2 < len(self._lines):
            return
        # Written beside it and renamed, so that there is a whole log at any moment.
        beside = self._opened(f"{self._path}.new")
        beside.truncate(0)
        beside.write(self._head() + _text(lines.items()))
        beside.flush()
        os.fsync(beside.fileno())
        os.replace(beside.name, self._path)
        self._file.close()
        self._file = beside
        self._sync_folder()
        self._lines = lines
        self._seen = set(lines.values())

    def close(self) -> None:
        """Lets another query have it."""
        self._file.close()

    def _locked(self):
        until = time.monotonic() + _patience
        while True:
            with contextlib.suppress(BlockingIOError):
                file = self._opened(self._path)
                # It may have been replaced between opening and locking.
                if os.path.exists(self._path) and os.path.samestat(os.stat(self._path), os.fstat(file.fileno())):
                    return file
                file.close()
                continue
            if time.monotonic() > until:
                raise NfstreamError(f"The log {self._path!r} is in use by another query; give each query a log of its own.")
            time.sleep(0.1)

    @staticmethod
    def _opened(path: str):
        file = open(path, "a+b")  # noqa: SIM115 - it is open as long as the query
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            file.close()
            raise
        return file

    def _load(self) -> None:
        self._file.seek(0)
        whole, newline, torn = self._file.read().rpartition(b"\n")
        if not newline and not torn.startswith(_begin[: len(torn)]):
            raise self._no_log()
        if torn:
            # The machine went down while it was written; nobody was told of it.
            self._file.truncate(len(whole) + len(newline))
        if not newline:
            self.id = secrets.token_hex(8)
            self._file.write(self._head())
            self._sync()
            self._sync_folder()
            return
        try:
            head, *lines = [json.loads(line) for line in whole.splitlines()]
            self.id = str(head["id"])
            self._lines = {int(number): str(path) for number, path in lines}
        except (ValueError, KeyError, TypeError) as error:
            raise self._no_log() from error
        self._seen = set(self._lines.values())

    def _no_log(self) -> NfstreamError:
        return NfstreamError(f"{self._path!r} is no log of captures; name a file that is not there yet with the option log.")

    def _head(self) -> bytes:
        return _begin + json.dumps(self.id).encode() + b"}\n"

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def _sync_folder(self) -> None:
        folder = os.open(os.path.dirname(self._path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


_begin = b'{"nfstream_captures":1,"id":'


def _text(lines: Iterable[tuple[int, str]]) -> bytes:
    return b"".join(json.dumps([number, path]).encode() + b"\n" for number, path in lines)
