"""Shares of pieces, without Spark: how they are put in order again, and that nothing is left of them."""

import os
import random

import pyarrow as pa
import pytest
from pyspark_nfstream.piece_shares import Shares, shared_out

NAMES = ["piece_point", "piece_clock_ns", "piece_capture", "piece_row", "piece_last_packet", "piece_key", "list"]


def rows(captures, each):
    """Pieces of captures of two points, with their bounds, in their order."""
    told = []
    for capture in range(captures):
        place = (("", "probe")[capture * 2 // captures], capture * 10, f"{capture}\n'.pcap")
        told += [(*place, "flow", number, f"key {number * 7 % 13}", [number, None]) for number in range(each)]
        told.append((*place, "bounds", each - 1, "", None))
    return told


def batch(told):
    kinds = [pa.string(), pa.int64(), pa.string(), pa.string(), pa.int64(), pa.string(), pa.list_(pa.int64())]
    return pa.record_batch([pa.array(list(column), kind) for column, kind in zip(zip(*told), kinds)], names=NAMES)


def gathered(buckets, batches):
    """What each partition is given to stitch."""
    shares = {number: Shares(batches[0].schema) for number in range(buckets)}
    for shared in shared_out(buckets, batches):
        for bucket, share in zip(shared.column(0).to_pylist(), shared.column(1), strict=True):
            shares[bucket].add(share.as_buffer())
    return [read(one.ordered()) for one in shares.values()]


def read(file):
    if file is None:
        return []
    with file:
        return [tuple(row.values()) for row in pa.ipc.open_stream(file).read_all().to_pylist()]


@pytest.mark.parametrize("buckets", [1, 2, 5])
@pytest.mark.parametrize(("captures", "each", "size"), [(2, 3, 1), (6, 40, 7), (6, 40, 1000), (3, 9000, 20000)])
def test_pieces_are_in_their_order_in_any_number_of_partitions(buckets, captures, each, size):
    expected = rows(captures, each)
    mixed = random.Random(1).sample(expected, len(expected))
    found = gathered(buckets, [batch(mixed[begin : begin + size]) for begin in range(0, len(mixed), size)])
    keys = [{row[5] for row in some if row[3] == "flow"} for some in found]
    assert sum(map(len, keys)) == len(set().union(*keys))
    for some, its in zip(found, keys):
        assert some == [row for row in expected if its and (row[3] == "bounds" or row[5] in its)]


def test_only_bounds_are_nothing_to_stitch_and_no_file_stays_open():
    before = len(os.listdir("/proc/self/fd"))
    bounds = batch([row for row in rows(3, 1) if row[3] == "bounds"])
    shares = Shares(bounds.schema)
    for shared in shared_out(1, [bounds]):
        shares.add(shared.column(1)[0].as_buffer())
    assert shares.ordered() is None
    assert len(os.listdir("/proc/self/fd")) == before
