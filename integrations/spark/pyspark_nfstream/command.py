"""Runs the command and takes what it writes."""

import json
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from .errors import NfstreamError
from .options import SourceOptions

#: A capture without packets: what the command says of it is the schema.
EMPTY_CAPTURE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)

#: Bytes of what a failed command said that an error repeats.
_SAID = 2000


@dataclass(frozen=True)
class Damage:
    """What is wrong with a capture."""

    file: str
    code: str | None
    message: str
    packet: int | None = None
    offset: int | None = None


def program(given: str | None) -> str:
    """The program to run: what the option says, or NFSTREAM_COMMAND, or nfstream on the search path. Raises NfstreamError without one."""
    name = given or os.environ.get("NFSTREAM_COMMAND") or "nfstream"
    found = shutil.which(name)
    if found is None:
        raise NfstreamError(
            f"The command {name!r} is not on this machine ({os.uname().nodename}); install nfstream there, or name its program with the option command or NFSTREAM_COMMAND."
        )
    return found


def schema(options: SourceOptions) -> pa.Schema:
    """The columns that the command writes with these flags, told without any capture. Raises NfstreamError with what it refuses."""
    done = subprocess.run(
        [program(options.command), "-", "--per-file", "--format=arrows", "--quiet", *_checked(options.flags)],
        input=EMPTY_CAPTURE,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise NfstreamError(f"nfstream refuses what it was asked for: {shortened(done.stderr)}")
    return pa.ipc.open_stream(done.stdout).schema


class Run:
    """One run of the command over captures, each of which is a run of its own. It ends with the block it is used in."""

    def __init__(self, options: SourceOptions, captures: Sequence[str]) -> None:
        # What stands in a file can't fill a pipe that nobody reads meanwhile.
        self._said = tempfile.TemporaryFile()
        flags = ["--per-file", "--format=arrows", "--quiet", "--report=none", *_checked(options.flags)]
        try:
            self._process = subprocess.Popen(
                [program(options.command), *flags, "--", *captures],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._said,
            )
        except BaseException as error:
            self._said.close()
            if isinstance(error, OSError):
                raise NfstreamError(f"nfstream could not be started: {error}") from error
            raise

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.stdout.close()
        self._process.wait()
        self._said.close()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """What the command writes, as it comes."""
        yield from arrow_of(self._process)

    def damages(self) -> list[Damage]:
        """Waits for the end, and tells what was wrong with captures. Raises NfstreamError if anything else was wrong."""
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read()
        lines = said.decode("utf-8", "replace").splitlines()
        report = next((json.loads(line) for line in lines if line.startswith('{"time":')), None)
        told = [] if report is None or report["source"] is None else report["source"]["damages"]
        damages = [
            Damage(one.get("file", ""), one.get("code"), one["message"], one.get("packet"), one.get("offset")) for one in told
        ]
        messages = {damage.message for damage in damages}
        others = [line for line in lines if line.startswith("nfstream: ") and line.removeprefix("nfstream: ") not in messages]
        if code not in (0, 1) or others or (code == 1 and not damages):
            how = f"was ended by signal {-code}" if code < 0 else f"failed with the exit code {code}"
            raise NfstreamError(f"nfstream {how}: {shortened(chr(10).join(others).encode() or said)}")
        return damages


def arrow_of(process: subprocess.Popen) -> Iterator[pa.RecordBatch]:
    """The batches that a process writes. They end early where it does: how it ended tells why. Raises NfstreamError where it is content with something else."""
    try:
        with pa.ipc.open_stream(process.stdout) as reader:
            yield from reader
    except (pa.ArrowInvalid, OSError) as error:
        if process.wait() == 0:
            raise NfstreamError(f"nfstream wrote something else than Arrow: {error}") from error


def _checked(flags: Sequence[str]) -> Sequence[str]:
    for flag in flags:
        if "\0" in flag:
            raise NfstreamError(f"The option {flag.split('=', 1)[0].removeprefix('--')} has a NUL byte.")
    return flags


def shortened(said: bytes) -> str:
    """What a command said, as a sentence of ours repeats it."""
    text = said.decode("utf-8", "replace").strip().removeprefix("nfstream: ")
    return text if len(text) <= _SAID else f"{text[:_SAID]} ..."
