"""Which captures a path stands for, in which order, and which of them a task reads together."""

import glob
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .errors import NfstreamError

# As the command has it: also those that tcpdump numbers (x.pcap3), and compressed ones.
_capture_name = re.compile(r"(?!\.).*\.(pcap|pcapng|cap)\d*(\.(gz|zst))?", re.IGNORECASE | re.DOTALL)

#: What opening a capture costs, in bytes of captures: a task takes at most so many small ones.
OPEN_COST = 1 << 20

# How finely groups are made of one size: in halvings of the difference that there may be.
_HALVINGS = 12


@dataclass(frozen=True)
class Capture:
    """A capture and its size in bytes; 0 where there is none to look at."""

    path: str
    size: int


def order(path: str) -> tuple:
    """The order of captures: by their paths, numbers in them by value (file2 before file10), other characters by code point."""
    return tuple((0, int(part), part) if part.isdecimal() and part.isascii() else (1, part) for part in re.split(r"([0-9]+)", path))


def find(paths: Sequence[str]) -> list[Capture]:
    """
    The captures of paths, in the order given. A folder stands for the captures in it, by their names; a pattern (``*``, ``?``, ``[a-z]``,
    ``**`` for any folders) for the files that fit, also those named otherwise. Both are in the order of order().

    Raises NfstreamError where there is none, and for paths of another file system.
    """
    if not paths:
        raise NfstreamError("There is no path; give captures, a folder or a pattern to load().")
    return [capture for path in paths for capture in _found(local(path))]


def captures_in(paths: Sequence[str]) -> list[str]:
    """The captures of folders and patterns so far, for a stream: none where the first is to come."""
    found: set[str] = set()
    for path in map(local, paths):
        if os.path.isdir(path):
            with os.scandir(path) as entries:
                found.update(entry.path for entry in entries if _capture_name.fullmatch(entry.name) and entry.is_file())
        elif _is_pattern(path):
            found.update(match for match in glob.glob(path, recursive=True) if os.path.isfile(match))
        else:
            raise NfstreamError(f"{path!r} is no folder, which a stream of captures needs; make it, or give a pattern.")
    return sorted(found, key=order)


def group(captures: Sequence[Capture], size: int) -> list[list[str]]:
    """
    Puts captures that follow each other together as long as their bytes, and the cost of opening each, stay within a size. Groups are as few as can be, an
    even number where they are several, and of about one size: tasks that are equal end together, and cores are even.
    """
    costs = [capture.size + OPEN_COST for capture in captures]
    groups = _cut(costs, size)
    wanted = len(groups) + len(groups) % 2 if len(groups) > 1 else len(groups)
    least, most = min(size, sum(costs) // max(1, wanted)), size
    for _ in range(_HALVINGS):
        middle = (least + most) // 2
        tried = _cut(costs, middle)
        if len(tried) > wanted:
            least = middle
        else:
            groups, most = tried, middle
    return [[capture.path for capture in captures[begin:end]] for begin, end in groups]


def _cut(costs: Sequence[int], size: int) -> list[tuple[int, int]]:
    """Where groups of at most a size begin and end; a cost above it is a group."""
    groups: list[tuple[int, int]] = []
    room = 0
    for place, cost in enumerate(costs):
        if not groups or cost > room:
            groups.append((place, place + 1))
            room = size - cost
        else:
            groups[-1] = (groups[-1][0], place + 1)
            room -= cost
    return groups


def size_of(path: str) -> int:
    """Bytes of a file; 0 where it can't be looked at, which whoever opens it will tell."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def local(path: str) -> str:
    """An absolute path of this file system."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", path):
        parts = urlsplit(path)
        if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
            raise NfstreamError(
                f"{path!r} is in no file system that a Python worker can open; read it with spark.read.format('binaryFile') and from_bytes()."
            )
        path = unquote(parts.path)
    if "\0" in path:
        raise NfstreamError("A path with a NUL byte names no file.")
    return os.path.abspath(path)


def _is_pattern(path: str) -> bool:
    return not os.path.exists(path) and glob.has_magic(path)


def _found(path: str) -> list[Capture]:
    if os.path.isdir(path):
        names = captures_in([path])
        if not names:
            raise NfstreamError(f"There is no capture in the folder {path!r}: no file named *.pcap, *.pcapng or *.cap, plain or with .gz or .zst.")
    elif _is_pattern(path):
        names = sorted((match for match in glob.glob(path, recursive=True) if os.path.isfile(match)), key=order)
        if not names:
            raise NfstreamError(f"No file fits the pattern {path!r}.")
    elif os.path.exists(path):
        names = [path]
    else:
        raise NfstreamError(f"There is no file {path!r}.")
    return [Capture(name, size_of(name)) for name in names]
