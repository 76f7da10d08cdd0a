"""Runs ``nfstream stitch``."""

import subprocess
import tempfile
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from . import command
from .errors import NfstreamError


class Stitching:
    """The command ``nfstream stitch``."""

    def __init__(self, program: str | None, flags: tuple[str, ...]) -> None:
        self._argv = [command.program(program), "stitch", "-", "--from=arrow", "--keep-places", "--format=arrows", "--quiet", *flags]

    def schema(self, given: pa.Schema) -> pa.Schema:
        """The columns that come out, told without a piece."""
        sink = pa.BufferOutputStream()
        pa.ipc.new_stream(sink, given).close()
        done = subprocess.run(self._argv, input=sink.getvalue(), capture_output=True, check=False)
        if done.returncode != 0:
            raise NfstreamError(f"nfstream stitch refuses the frame: {command.shortened(done.stderr)}")
        return pa.ipc.open_stream(done.stdout).schema

    def batches(self, pieces: IO[bytes]) -> Iterator[pa.RecordBatch]:
        """The flows of pieces that stand in a file in their order."""
        pieces.seek(0)
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(self._argv, stdin=pieces, stdout=subprocess.PIPE, stderr=said)
            try:
                yield from command.arrow_of(process)
                if process.wait() != 0:
                    said.seek(0)
                    raise NfstreamError(f"nfstream stitch failed: {command.shortened(said.read())}")
            finally:
                process.kill()
                process.stdout.close()
                process.wait()
