"""Captures cut into pieces, each a capture of its own."""

import random
import struct


def cut(path, folder, count, seed):
    """Cuts a capture of little-endian pcap at random packets. Returns the pieces, in their order."""
    data = path.read_bytes()
    packets = []
    place = 24
    while place < len(data):
        (length,) = struct.unpack_from("<I", data, place + 8)
        packets.append(data[place : place + 16 + length])
        place += 16 + length
    chance = random.Random(seed)
    cuts = [0, *sorted(chance.sample(range(1, len(packets)), count - 1)), len(packets)]
    pieces = []
    for number in range(count):
        # Names in another order than that of the times.
        piece = folder / f"{path.stem}-{chance.randrange(10**9):09}.pcap"
        piece.write_bytes(data[:24] + b"".join(packets[cuts[number] : cuts[number + 1]]))
        pieces.append(piece)
    return pieces
