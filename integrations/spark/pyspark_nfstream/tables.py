"""Flows and damages of one frame, as two tables."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from .columns import DAMAGE
from .errors import NfstreamError
from .flow_batches import SOURCE_FILE


def flows(frame: DataFrame) -> DataFrame:
    """The flows of a frame that was read with damage='rows'. Raises NfstreamError for another frame."""
    return _told(frame).where(f.col(DAMAGE).isNull()).drop(DAMAGE)


def damages(frame: DataFrame) -> DataFrame:
    """
    What was wrong with captures, a row each: source_file, code, message, packet, offset. Takes a frame that was read with damage='rows'.

    Reading captures for it is the same work as for the flows: write the frame, or cache it, before both tables are taken of it.
    Raises NfstreamError for another frame.
    """
    return _told(frame).where(f.col(DAMAGE).isNotNull()).select(SOURCE_FILE, f"{DAMAGE}.*")


def _told(frame: DataFrame) -> DataFrame:
    if DAMAGE not in frame.columns:
        raise NfstreamError(f"The frame has no column {DAMAGE}; read it with the option damage='rows'.")
    return frame
